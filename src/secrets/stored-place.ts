// A stored key remembers where it was stored for. Without a config file it goes there and nowhere else, whatever
// variables say and whatever is stored later: a repository can set variables, and the key of one LangSmith must
// not reach another. A config file says itself where a key goes; there, another place is worth a warning.

import type { CredentialConfig, Notice, Upstream } from '../config/config.ts'
import { parseUpstream } from '../config/upstream.ts'
import { ProxyError } from '../errors.ts'
import { isQuickStart } from './missing.ts'
import type { Found } from './source.ts'

/**
 * @param upstreams - Where the routes of the credential go.
 * @throws ProxyError `secret-unusable` where the key would go elsewhere without a config file that says so.
 */
export function storedElsewhere ({ name, apiKey }: CredentialConfig, place: NonNullable<Found['storedFor']>, upstreams: readonly Upstream[]): readonly Notice[] {
  const other = upstreams.find((upstream) => !belongs(place, upstream))
  if (other === undefined) return []
  const message = `the stored key "${apiKey.rest}" was stored for ${shown(place)}, and credential "${name}" goes to ${other.region ?? other.origin}`
  if (!isQuickStart(apiKey)) {
    return [{ code: 'key-stored-elsewhere', message, hint: `correct the route, or store the key again with "langsmith-proxy secrets set ${apiKey.rest}" and its place` }]
  }
  throw new ProxyError('secret-unusable', message, {
    hint: 'if it was stored anew while the proxy runs, restart the proxy; else unset LANGSMITH_REGION and LANGSMITH_ENDPOINT, or run langsmith-proxy init for the other place'
  })
}

function belongs ({ region, endpoint }: NonNullable<Found['storedFor']>, upstream: Upstream): boolean {
  if (endpoint === undefined) return region === upstream.region
  const parsed = parseUpstream(endpoint, { insecure: true })
  return parsed.mistake === undefined && parsed.value.origin === upstream.origin && parsed.value.basePath === upstream.basePath
}

function shown ({ region, endpoint }: NonNullable<Found['storedFor']>): string {
  return endpoint ?? `region ${region ?? ''}`
}
