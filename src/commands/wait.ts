// Waits until a proxy answers that it is live or ready; with --once it asks a single time, which makes
// it the health command of a container image that has neither shell nor curl.

import { setTimeout as pause } from 'node:timers/promises'
import { textFlag } from './command.ts'
import type { Command, CommandContext } from './command.ts'
import { endingWithSignals } from './ending-signals.ts'
import { firstLine } from './first-line.ts'
import { adminAddress, ask, mainAddress, whyUntrusted } from './own-address.ts'
import type { OwnAddress } from './own-address.ts'
import { patienceOf, USUAL_PATIENCE } from './patience.ts'
import { readConfig } from './prepare.ts'
import { ProxyError } from '../errors.ts'

const PAUSE_MS = 200
const ANSWER_MS = 2000
/** Characters of an answer: what comes after so many is not read. */
const MOST_READ = 1000

export const wait: Command = {
  name: 'wait',
  summary: 'wait until the proxy answers; exit 0 when it does, 1 when it does not',
  usage: '[--for live|ready] [--max 30s] [--once] [--config FILE] [--port PORT]',
  help: [
    '  --for live|ready   what to wait for (ready)',
    `  --max DURATION     how long, such as 500ms, 30s or 2m (${USUAL_PATIENCE})`,
    '  --once             ask once only',
    '  --config FILE      of the proxy, as for start',
    '  --host, --port     where the proxy listens, if its settings do not say it',
    '',
    'Without --host and --port it asks the admin listener, if there is one, else the Unix socket or the port of the proxy.'
  ],
  options: {
    for: { type: 'string' }, max: { type: 'string' }, once: { type: 'boolean' }, config: { type: 'string' }, host: { type: 'string' }, port: { type: 'string' }
  },
  async run ({ flags, env }) {
    const page = pageOf(textFlag(flags, 'for') ?? 'ready')
    const patience = patienceOf(flags)
    const address = addressToAsk(flags, env)
    return endingWithSignals(() => waitFor(page, address, flags.once === true ? 0 : patience))
  }
}

async function waitFor (page: 'live' | 'ready', address: OwnAddress, patience: number): Promise<number> {
  const end = performance.now() + patience
  for (;;) {
    const said = await whyNot(address, `/-/${page}`)
    if (said === undefined) return 0
    if (performance.now() >= end) {
      throw new ProxyError('not-ready', `the proxy at ${address.shown} is not ${page}${said === '' ? '' : `: ${said}`}`, { hint: 'see its log; if it listens elsewhere, give --port' })
    }
    await pause(PAUSE_MS)
  }
}

function pageOf (text: string): 'live' | 'ready' {
  if (text === 'live' || text === 'ready') return text
  throw new ProxyError('usage-invalid', '--for takes live or ready')
}

// What the proxy reads to know where to listen, this reads to know where to ask. The admin listener goes first: it
// has room for probes when callers have taken all connections of the other one.
function addressToAsk ({ config, host, port }: CommandContext['flags'], env: CommandContext['env']): OwnAddress {
  const { listen, admin } = readConfig({ env, flags: { config, port } })
  const isGiven = host !== undefined || port !== undefined
  const address = isGiven
    ? mainAddress({ host: typeof host === 'string' ? host : listen.host, port: listen.port, socket: undefined, tls: listen.tls })
    : adminAddress(admin) ?? mainAddress(listen)
  if (address !== undefined) return address
  throw new ProxyError('usage-invalid', 'a free port was picked when the proxy started; which one is not known here', { hint: 'give it with --port' })
}

/**
 * Asks a page.
 *
 * @returns Undefined when it says 200; else the first line of what it says, fit for a terminal, and empty where nothing came.
 */
export function whyNot (address: OwnAddress, path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const asked = ask(address, { path, signal: AbortSignal.timeout(ANSWER_MS) }, (response) => {
      if (response.statusCode === 200) resolve(undefined)
      let body = ''
      response.setEncoding('latin1').on('data', (piece: string) => {
        body += piece
        if (body.length > MOST_READ) response.destroy()
      })
      response.once('error', () => {}).once('close', () => { resolve(firstLine(body)) })
    })
    asked.once('error', (error) => { resolve(whyUntrusted(error)) }) // not there yet is an answer, too
    asked.end()
  })
}
