// `log-level`: how much a running proxy logs, without a restart. A command, because containers have no curl.

import { adminToAsk, SET_ADMIN } from './admin-to-ask.ts'
import type { Command } from './command.ts'
import { firstLine } from './first-line.ts'
import { putOwnPage, readOwnPage } from './own-page.ts'
import { LOG_LEVEL_PATH } from '../admin/log-level-page.ts'
import { LOG_LEVELS } from '../config/config.ts'
import { nearest } from '../config/suggest.ts'
import { ProxyError } from '../errors.ts'

export const logLevel: Command = {
  name: 'log-level',
  summary: 'show or change how much a running proxy logs, through its admin listener',
  usage: '[LEVEL] [--config FILE]',
  help: [
    `LEVEL is ${LOG_LEVELS.join(', ')}; without it, the level in use is shown. It holds at once and until the proxy ends, whatever`,
    'a reload of the config says. The proxy needs an admin listener on loopback: admin: { host: 127.0.0.1, port: 5765 }.',
    '',
    '  --config FILE      of the proxy, as for start'
  ],
  options: { config: { type: 'string' } },
  operands: ['LEVEL'],
  async run (context) {
    const [word] = context.operands ?? []
    if (word !== undefined) refuseUnknown(word)
    const address = adminToAsk(context, LOG_LEVEL_PATH, 'for the level of its log', SET_ADMIN)
    const page = await (word === undefined ? readOwnPage(address, LOG_LEVEL_PATH) : putOwnPage(address, LOG_LEVEL_PATH, word))
    if (page === undefined) throw new ProxyError('not-ready', `no proxy answers at ${address.shown}, the address of its admin listener`, { hint: 'it may not run, or with other settings (--config)' })
    if (page.status !== 200) throw new ProxyError('not-ready', `what listens at ${address.shown} takes no ${LOG_LEVEL_PATH}`, { hint: `${SET_ADMIN}; if the proxy there is an older version, restart it with this one` })
    context.print(`${firstLine(page.text)}\n`)
    return 0
  }
}

function refuseUnknown (word: string): void {
  if (LOG_LEVELS.some((known) => known === word)) return
  const near = nearest(word, LOG_LEVELS)
  throw new ProxyError('usage-invalid', `the level is one of ${LOG_LEVELS.join(', ')}`, near === undefined ? {} : { hint: `did you mean ${near}?` })
}
