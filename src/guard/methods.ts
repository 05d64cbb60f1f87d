// What the proxy forwards. TRACE would echo the key, CONNECT would be a tunnel, and nobody knows what
// an unknown method does.

import type { Denial } from '../exchange.ts'

/** Everything else is 405. */
export const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const

/** @param method - As it came; methods are case-sensitive (RFC 9110, section 9.1). */
export function judgeMethod (method: string): Denial | undefined {
  return (METHODS as readonly string[]).includes(method) ? undefined : { code: 'method-not-allowed', detail: 'this method is not forwarded' }
}
