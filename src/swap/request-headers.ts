// The swap: the caller's credentials out, the route's in. Raw headers in, raw headers out; order and
// spelling of everything else stay as they came.

import { canonicalName, isConnectionOption, isCredential, isDropped } from './header-names.ts'
import { HOP_HEADER } from '../guard/head.ts'
import type { Route } from '../routes/route.ts'
import type { Credential } from '../secrets/credential.ts'

export interface SwappedHeaders {
  /** Flat list of names and values, with Host and the route's credential. Holds the secret. */
  readonly headers: string[]
  /** Names of the credential headers that were removed, lower case, each once. */
  readonly removed: readonly string[]
  /** Their values, so that they can be masked if the upstream quotes them. */
  readonly removedValues: readonly string[]
}

/**
 * @param credential - The version to use; the same one for the whole request.
 * @param rawHeaders - Flat list of names and values, as node:http has it.
 * @param hopId - This process's ID, added after those of other proxies.
 */
export function swapHeaders (
  { upstream }: Pick<Route, 'upstream'>, credential: Credential, rawHeaders: readonly string[], hopId: string
): SwappedHeaders {
  const headers = ['host', upstream.host]
  const hops: string[] = []
  const removed = new Set<string>()
  const removedValues: string[] = []
  const connectionNames = namedInConnection(rawHeaders)

  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? ''
    const value = rawHeaders[i + 1] ?? ''
    const canonical = canonicalName(name)
    if (isCredential(canonical)) {
      removed.add(canonical)
      removedValues.push(value)
    } else if (canonical === HOP_HEADER) {
      hops.push(value)
    } else if (!isDropped(canonical) && !connectionNames.has(canonical) && !isFalseFraming(name, canonical)) {
      headers.push(name, value)
    }
  }

  headers.push('X-API-Key', credential.apiKey.reveal())
  if (credential.workspaceId !== undefined) headers.push('X-Tenant-Id', credential.workspaceId)
  if (credential.organizationId !== undefined) headers.push('X-Organization-Id', credential.organizationId)
  headers.push(HOP_HEADER, [...hops, hopId].join(', '))
  return { headers, removed: [...removed], removedValues }
}

const NO_NAMES: ReadonlySet<string> = new Set()

// RFC 9110, section 7.6.1: what Connection names belongs to this connection only.
function namedInConnection (rawHeaders: readonly string[]): ReadonlySet<string> {
  let names: Set<string> | undefined
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    if (rawHeaders[i]?.toLowerCase() !== 'connection') continue
    for (const option of (rawHeaders[i + 1] ?? '').split(',')) {
      const name = canonicalName(option.trim())
      if (isConnectionOption(name)) (names ??= new Set()).add(name)
    }
  }
  return names ?? NO_NAMES
}

// `Content_Length` frames the message for a server that reads `_` as `-`, and for nobody else.
function isFalseFraming (name: string, canonical: string): boolean {
  return canonical === 'content-length' && name.includes('_')
}
