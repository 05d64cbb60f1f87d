// The three calls of the demo: as commands to paste, and as requests that it makes itself.

import { request } from 'node:http'

export interface DemoCall {
  readonly about: string
  readonly tool: 'curl' | 'wget'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** What must come back. */
  readonly status: number
  /** How many log lines it leaves; the last one of a refusal comes when the read-only calls about it are through. */
  readonly logLines: number
}

export const DEMO_CALLS: readonly DemoCall[] = [
  {
    about: 'A call without any key works: the proxy adds it.',
    tool: 'curl', path: '/api/v1/sessions?limit=1', headers: {}, status: 200, logLines: 1
  },
  {
    about: 'What a newcomer finds on the web works too: the proxy replaces the wrong header.',
    tool: 'wget',
    path: '/runs',
    headers: { Authorization: 'Bearer your_api_key_here', 'Content-Type': 'application/json' },
    body: '{"name":"My Test Run","run_type":"chain"}',
    status: 202,
    logLines: 1
  },
  {
    about: 'A route whose key is wrong is refused, and the refusal is explained.',
    tool: 'curl', path: '/wrong-key/api/v1/sessions?limit=1', headers: {}, status: 403, logLines: 3
  }
]

/** The call as a command line. */
export function pasteable ({ tool, path, headers, body }: DemoCall, url: string): string {
  const given = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  if (tool === 'wget') {
    return ['wget -qO-', ...(body === undefined ? [] : [`--post-data='${body}'`]), ...given.map((header) => `--header="${header}"`), url + path].join(' ')
  }
  return ['curl -i', ...given.map((header) => `-H '${header}'`), ...(body === undefined ? [] : [`-d '${body}'`]), `'${url}${path}'`].join(' ')
}

/** Makes the call. @returns The status, and the answer as lines of text: status line, headers, body. */
export function makeCall ({ path, headers, body }: DemoCall, url: string): Promise<{ status: number, lines: readonly string[] }> {
  return new Promise((resolve, reject) => {
    const asked = request(url + path, { method: body === undefined ? 'GET' : 'POST', headers, agent: false }, (response) => {
      const pieces: Buffer[] = []
      response.on('data', (piece: Buffer) => { pieces.push(piece) })
      response.once('error', reject)
      response.once('end', () => {
        const { statusCode = 0, statusMessage = '', rawHeaders } = response
        const head = rawHeaders.flatMap((name, i) => i % 2 === 0 ? [`${name}: ${rawHeaders[i + 1] ?? ''}`] : [])
        resolve({ status: statusCode, lines: [`HTTP/1.1 ${statusCode} ${statusMessage}`, ...head, '', Buffer.concat(pieces).toString().trimEnd()] })
      })
    })
    asked.once('error', reject)
    asked.end(body)
  })
}
