// Asks a running proxy to stop cleanly, through its admin listener, and waits until it has. Only the connection on which it
// was asked tells: on the same ports, a supervisor may have started the next one by then.

import { request } from 'node:http'
import { adminToAsk, SET_ADMIN } from './admin-to-ask.ts'
import type { Command } from './command.ts'
import { firstLine } from './first-line.ts'
import type { OwnAddress } from './own-address.ts'
import { patienceOf, USUAL_PATIENCE } from './patience.ts'
import { MARKER_HEADER } from '../answer.ts'
import { ProxyError } from '../errors.ts'

/** How the last line of the answer begins; the proxy writes it when nothing listens any more. */
const STOPPED = 'stopped;'
/** Characters that are read of the answer. */
const MOST_READ = 1000

const HOW = `${SET_ADMIN}, or send SIGTERM to the process of the proxy`

export const stop: Command = {
  name: 'stop',
  summary: 'stop a running proxy cleanly, through its admin listener, and wait until it has stopped',
  usage: '[--max 30s] [--config FILE]',
  help: [
    'The proxy finishes what is under way, as after SIGTERM (drain.delay, drain.deadline). It needs an admin listener on',
    'loopback: admin: { host: 127.0.0.1, port: 5765 }. It exits with 0 when this proxy has stopped and its ports are free, also',
    'where a supervisor starts the next one at once; else with 1.',
    '',
    `  --max DURATION     how long to wait for that, such as 500ms, 30s or 2m (${USUAL_PATIENCE}); the proxy goes on stopping`,
    '  --config FILE      of the proxy, as for start'
  ],
  options: { max: { type: 'string' }, config: { type: 'string' } },
  async run ({ flags, env, print }) {
    const patience = patienceOf(flags)
    const address = adminToAsk({ flags, env }, '/-/stop', 'to stop it', HOW)
    print(`${await askToStop(address, AbortSignal.timeout(patience))}\n`)
    return 0
  }
}

/** @returns What came of it. @throws ProxyError `not-stopped`. */
function askToStop (address: OwnAddress, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    let isAsked = false
    const asked = request({ ...address.request, method: 'POST', path: '/-/stop', agent: false, signal }, (response) => {
      const { statusCode, headers } = response
      isAsked = statusCode === 200 && headers[MARKER_HEADER] === 'proxy'
      let body = ''
      response.setEncoding('latin1').on('data', (piece: string) => {
        body += piece
        if (!isAsked || body.length > MOST_READ) response.destroy()
      })
      response.on('error', () => {}) // close follows
      response.once('close', () => {
        const outcome = body.slice(body.indexOf('\n') + 1)
        if (!isAsked) reject(refused(address, headers[MARKER_HEADER] !== undefined))
        else if (response.complete && outcome.startsWith(STOPPED)) resolve(firstLine(outcome))
        else reject(signal.aborted ? stillStopping(address) : new ProxyError('not-stopped', `the proxy at ${address.shown} ended before it had finished what was under way`, { hint: 'a signal may have cut it; see its log' }))
      })
    })
    asked.once('error', (cause) => {
      if (isAsked) return // told above
      reject(new ProxyError('not-stopped', `no proxy answers at ${address.shown}, the address of its admin listener`, { cause, hint: 'it may not run, or with other settings (--config); else send SIGTERM to its process' }))
    })
    asked.end()
  })
}

function refused (address: OwnAddress, isProxy: boolean): ProxyError {
  return isProxy
    ? new ProxyError('not-stopped', `what listens at ${address.shown} takes no /-/stop`, { hint: HOW })
    : new ProxyError('not-stopped', `what answers at ${address.shown} is not langsmith-proxy`, { hint: 'check admin.port' })
}

function stillStopping ({ shown }: OwnAddress): ProxyError {
  return new ProxyError('not-stopped', `the proxy at ${shown} is still stopping: requests are under way`, { hint: 'wait for longer with --max, or send SIGTERM to its process to end it at once' })
}
