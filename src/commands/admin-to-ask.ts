// Where commands ask the admin listener of a running proxy to do something: on loopback only.

import { textFlag } from './command.ts'
import type { CommandContext } from './command.ts'
import { adminAddress } from './own-address.ts'
import type { OwnAddress } from './own-address.ts'
import { readConfig } from './prepare.ts'
import { isLoopback } from '../config/addresses.ts'
import { ProxyError } from '../errors.ts'

export const SET_ADMIN = 'set admin: { host: 127.0.0.1, port: 5765 } (LANGSMITH_PROXY_ADMIN_HOST, LANGSMITH_PROXY_ADMIN_PORT) for the proxy and for this command'

/**
 * @param page - Such as `/-/stop`.
 * @param purpose - What for, as in "that could be asked to stop it".
 * @param hint - Where there is no such listener.
 * @throws ProxyError `usage-invalid`.
 */
export function adminToAsk ({ flags, env }: Pick<CommandContext, 'flags' | 'env'>, page: string, purpose: string, hint: string): OwnAddress {
  const { admin } = readConfig({ env, flags: { config: textFlag(flags, 'config') } })
  if (admin === undefined) throw new ProxyError('usage-invalid', `the proxy has no admin listener that could be asked ${purpose}`, { hint })
  if (!isLoopback(admin.host)) throw new ProxyError('usage-invalid', `the admin listener (admin.host) is reachable from other machines, so it takes no ${page}`, { hint })
  const address = adminAddress(admin)
  if (address !== undefined) return address
  throw new ProxyError('usage-invalid', 'a free port was picked for the admin listener (admin.port); which one is not known here', { hint })
}
