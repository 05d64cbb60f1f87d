// The answer's head: what the client gets of the upstream's headers. Raw in, raw out; order and
// spelling stay.

import type { MaskHeader } from './mask-header.ts'
import { clientLocation } from '../routes/path.ts'
import type { Route } from '../routes/route.ts'

/** Belong to the connection with the upstream (RFC 9110, section 7.6.1). Trailers are not forwarded. */
const CONNECTION = [
  'connection', 'keep-alive', 'proxy-connection', 'proxy-authenticate', 'proxy-authentication-info', 'transfer-encoding', 'te', 'trailer', 'upgrade'
]
const DROPPED: ReadonlySet<string> = new Set(CONNECTION)
/** A body with one of these cannot be searched; any other word, such as `none`, leaves it readable. */
const COMPRESSIONS: ReadonlySet<string> = new Set(['gzip', 'x-gzip', 'deflate', 'br', 'zstd', 'compress', 'x-compress', 'dcb', 'dcz'])
/** Would let web pages read answers. */
const CORS_PREFIX = 'access-control-'
/** Ours; an upstream must not be able to forge them. */
const OWN_PREFIX = 'x-langsmith-proxy'

export interface AnswerHead {
  /** Flat list of names and values. */
  readonly headers: string[]
  /** Host of a redirect's target that is not this route's upstream. */
  readonly foreignRedirect: string | undefined
  /** Not compressed, so that a key in the body can be seen and masked. */
  readonly identity: boolean
}

/**
 * @param rawHeaders - Flat list of names and values, Latin-1.
 * @param mask - Hides the injected key.
 */
export function answerHeaders (
  route: Pick<Route, 'prefix' | 'upstream'>, rawHeaders: readonly string[], mask: MaskHeader
): AnswerHead {
  const headers: string[] = []
  let foreignRedirect: string | undefined
  let identity = true
  const connectionNames = namedInConnection(rawHeaders)

  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? ''
    const lower = name.toLowerCase()
    if (DROPPED.has(lower) || lower.startsWith(CORS_PREFIX) || lower.startsWith(OWN_PREFIX) || connectionNames.includes(lower)) continue
    let value = mask(rawHeaders[i + 1] ?? '')
    if (lower === 'location' || lower === 'content-location') {
      const mapped = clientLocation(route, value)
      value = mapped.location
      if (lower === 'location') foreignRedirect = mapped.foreignHost
    } else if (lower === 'content-encoding') {
      identity &&= !namesOf(value).some((name) => COMPRESSIONS.has(name))
    }
    headers.push(mask(name), value)
  }
  return { headers, foreignRedirect, identity }
}

const NO_NAMES: readonly string[] = []

function namedInConnection (rawHeaders: readonly string[]): readonly string[] {
  let names = NO_NAMES
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    if (rawHeaders[i]?.toLowerCase() === 'connection') names = [...names, ...namesOf(rawHeaders[i + 1] ?? '')]
  }
  return names.filter((name) => !name.startsWith('content-'))
}

/** The words of a list such as `close, x-hop`, in lower case. */
function namesOf (list: string): readonly string[] {
  return list.toLowerCase().split(',').map((name) => name.trim())
}
