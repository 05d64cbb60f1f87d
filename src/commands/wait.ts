// Waits until a proxy answers that it is live or ready; with --once it asks a single time, which makes
// it the health command of a container image that has neither shell nor curl.

import { request } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { textFlag } from './command.ts'
import type { Command, CommandContext } from './command.ts'
import { readConfig } from './prepare.ts'
import { ProxyError } from '../errors.ts'

const PAUSE_MS = 200
const ANSWER_MS = 2000
/** Characters of an answer: what comes after so many is not read, and so many are shown at most. */
const MOST_READ = 1000
const MOST_SHOWN = 200
/** A listener on every address also listens on loopback. */
const EVERYWHERE: readonly string[] = ['0.0.0.0', '::']

export const wait: Command = {
  name: 'wait',
  summary: 'wait until the proxy answers; exit 0 when it does, 1 when it does not',
  usage: '[--for live|ready] [--max 30s] [--once] [--config FILE] [--port PORT]',
  help: [
    '  --for live|ready   what to wait for (ready)',
    '  --max DURATION     how long, such as 500ms, 30s or 2m (30s)',
    '  --once             ask once only',
    '  --config FILE      of the proxy, as for start',
    '  --host, --port     where the proxy listens, if its settings do not say it'
  ],
  options: {
    for: { type: 'string' }, max: { type: 'string' }, once: { type: 'boolean' }, config: { type: 'string' }, host: { type: 'string' }, port: { type: 'string' }
  },
  async run ({ flags, env }) {
    const page = pageOf(textFlag(flags, 'for') ?? 'ready')
    const { host, port } = addressOf(flags, env)
    const patience = durationOf(textFlag(flags, 'max') ?? '30s')
    const end = performance.now() + (flags.once === true ? 0 : patience)
    for (;;) {
      const said = await whyNot(host, port, `/-/${page}`)
      if (said === undefined) return 0
      if (performance.now() >= end) {
        throw new ProxyError('not-ready', `the proxy on port ${port} is not ${page}${said === '' ? '' : `: ${said}`}`, { hint: 'see its log; if it listens elsewhere, give --port' })
      }
      await pause(PAUSE_MS)
    }
  }
}

function pageOf (text: string): 'live' | 'ready' {
  if (text === 'live' || text === 'ready') return text
  throw new ProxyError('usage-invalid', '--for takes live or ready')
}

// What the proxy reads to know where to listen, this reads to know where to ask.
function addressOf ({ config, host, port }: CommandContext['flags'], env: CommandContext['env']): { host: string, port: number } {
  const { listen } = readConfig({ env, flags: { config, port } })
  if (listen.port === 0) throw new ProxyError('usage-invalid', 'a free port was picked when the proxy started; which one is not known here', { hint: 'give it with --port' })
  return { host: typeof host === 'string' ? host : askAt(listen.host), port: listen.port }
}

/** Where a proxy on this machine answers that listens there. */
export function askAt (host: string): string {
  return host === 'localhost' || EVERYWHERE.includes(host) ? '127.0.0.1' : host
}

const UNITS = { ms: 1, s: 1000, m: 60_000 } as const

function durationOf (text: string): number {
  const [, number, unit] = /^(\d{1,6})(ms|s|m)$/.exec(text) ?? []
  if (number === undefined) throw new ProxyError('usage-invalid', '--max takes a duration such as 500ms, 30s or 2m')
  return Number(number) * UNITS[unit as keyof typeof UNITS]
}

/**
 * Asks a page.
 *
 * @returns Undefined when it says 200; else the first line of what it says, fit for a terminal, and empty where nothing came.
 */
export function whyNot (host: string, port: number, path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const asked = request({ host, port, path, headers: { host: `localhost:${port}` }, signal: AbortSignal.timeout(ANSWER_MS) }, (response) => {
      if (response.statusCode === 200) resolve(undefined)
      let body = ''
      response.setEncoding('latin1').on('data', (piece: string) => {
        body += piece
        if (body.length > MOST_READ) response.destroy()
      })
      response.once('error', () => {}).once('close', () => { resolve(firstLine(body)) })
    })
    asked.once('error', () => { resolve('') }) // not there yet is an answer, too
    asked.end()
  })
}

/** Another program may answer on that port. */
function firstLine (body: string): string {
  const [line = ''] = body.split(/[\r\n]/, 1)
  return line.replaceAll(/[^\x20-\x7e]/g, '').trim().slice(0, MOST_SHOWN)
}
