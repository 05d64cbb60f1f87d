// The LangSmith of the soak: knows two keys, reads bodies away, and fails where the path says so. It counts
// how often each tagged request came.

import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export const GOOD_KEYS = ['0a1b2c3d', '1b2c3d4e'].map((word) => `lsv2_sk_${word.repeat(4)}_${word}00`)
export const BAD_KEY = `lsv2_sk_${'bad0bad1'.repeat(4)}_bad0bad100`
/** Names a request, so that it can be seen how often it came. */
export const TAG_HEADER = 'x-soak-id'

export interface SoakUpstream {
  readonly url: string
  /** Requests that came with a tag seen before. */
  readonly repeated: () => number
  readonly received: () => number
  readonly close: () => Promise<void>
}

const JSON_TYPE = { 'content-type': 'application/json' }
const PAGE = JSON.stringify(Array.from({ length: 20 }, (_, at) => ({ id: `1c9a6c1e-0000-4000-8000-${String(at).padStart(12, '0')}`, name: `project ${at}`, run_count: at })))
const MEGABYTE = Buffer.alloc(1024 * 1024, 'a run has inputs and outputs; ')

/** Starts it on a free port of 127.0.0.1. */
export async function startSoakUpstream (): Promise<SoakUpstream> {
  const seen = new Set<string>()
  let repeated = 0
  let received = 0
  const server: Server = createServer((request, response) => {
    received++
    const tag = request.headers[TAG_HEADER]
    if (typeof tag === 'string') {
      if (seen.has(tag) && request.method === 'POST') repeated++
      seen.add(tag)
      if (seen.size > 100_000) seen.clear() // the newest are enough: a second sending would follow at once
    }
    request.on('error', () => {})
    answer(request, response)
  })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    repeated: () => repeated,
    received: () => received,
    close: () => new Promise<void>((resolve) => { server.close(() => { resolve() }); server.closeAllConnections() })
  }
}

function answer (request: IncomingMessage, response: ServerResponse): void {
  const [path = ''] = request.url?.split('?') ?? []
  if (path === '/reset') { request.socket.resetAndDestroy(); return }
  if (path === '/never') { request.resume(); return }
  if (path === '/stream') { stream(response); return }
  request.resume()
  request.once('end', () => {
    if (!GOOD_KEYS.includes(String(request.headers['x-api-key'])) || path === '/refused') {
      response.writeHead(403, JSON_TYPE).end('{"detail":"Forbidden"}')
    } else if (path === '/cut') {
      response.writeHead(200, { 'content-length': '1000' }).write('half', () => { response.destroy() })
    } else if (path === '/busy') {
      response.writeHead(503, { 'retry-after': '1' }).end('busy')
    } else if (path === '/download') {
      response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(MEGABYTE)
    } else {
      response.writeHead(request.method === 'GET' ? 200 : 202, JSON_TYPE).end(request.method === 'GET' ? PAGE : '{"message":"accepted"}')
    }
  })
}

// Server-sent events for a second.
function stream (response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  let left = 10
  const timer = setInterval(() => {
    response.write(`data: {"part":${left}}\n\n`)
    if (--left === 0) { clearInterval(timer); response.end() }
  }, 100)
  response.once('close', () => { clearInterval(timer) })
}
