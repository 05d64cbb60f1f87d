// May this client use this route at all? What it may do there is its role's.

import type { Client } from './client.ts'
import type { Denial } from '../../exchange.ts'
import { hideKeys } from '../../hide-keys.ts'

export function judgeClientRoute ({ name, routes }: Pick<Client, 'name' | 'routes'>, prefix: string): Denial | undefined {
  if (routes === undefined || routes.includes(prefix)) return undefined
  return {
    code: 'role-denied', detail: `client ${name} may use ${routes.length === 1 ? 'route' : 'the routes'} ${routes.map(hideKeys).join(', ')} only`,
    hint: 'call one of those, or ask the person who runs this proxy for a key with this route'
  }
}
