// Which request headers do not go upstream, and why. Names are compared in lower case with `_` read as
// `-`, because some servers take X_API_Key for X-API-Key (CVE-2025-64484).

/** The caller's credentials: the route's own take their place. */
const CREDENTIALS = [
  'authorization', 'proxy-authorization', 'x-api-key', 'x-tenant-id', 'x-organization-id', 'x-user-id', 'x-service-key', 'cookie', 'cookie2'
]

/** Claims about where the request came from, which nobody here can vouch for. */
const FORWARDING = ['forwarded', 'x-real-ip']
const FORWARDING_PREFIX = 'x-forwarded-'

/** Would turn one method or path into another behind the back of every check. */
const OVERRIDES = ['x-http-method-override', 'x-http-method', 'x-method-override', 'x-original-url', 'x-rewrite-url']

/** Belong to the connection with the client (RFC 9110, section 7.6.1); Host and Expect are ours to answer. */
const CONNECTION = [
  'connection', 'keep-alive', 'proxy-connection', 'proxy-authenticate', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'http2-settings',
  'host', 'expect'
]

/** Headers of this program; only the hop header may come from outside (another proxy of this kind in front). */
const OWN_PREFIX = 'x-langsmith-proxy'

/** What framing and routing need: `Connection: content-length` must not remove it. */
const KEPT_FROM_CONNECTION = /^content-/

const CREDENTIAL_NAMES: ReadonlySet<string> = new Set(CREDENTIALS)
const DROPPED_NAMES: ReadonlySet<string> = new Set([...CREDENTIALS, ...FORWARDING, ...OVERRIDES, ...CONNECTION])

/** Lower case, `_` as `-`. */
export function canonicalName (name: string): string {
  const lower = name.toLowerCase()
  return lower.includes('_') ? lower.replaceAll('_', '-') : lower
}

/** Whether a header carries a credential of the caller. @param name - Canonical. */
export function isCredential (name: string): boolean {
  return CREDENTIAL_NAMES.has(name)
}

/** Whether a header stays here. @param name - Canonical. */
export function isDropped (name: string): boolean {
  return DROPPED_NAMES.has(name) || name.startsWith(FORWARDING_PREFIX) || name.startsWith(OWN_PREFIX)
}

/** Whether a header that `Connection` names may be dropped for it. @param name - Canonical. */
export function isConnectionOption (name: string): boolean {
  return !KEPT_FROM_CONNECTION.test(name)
}
