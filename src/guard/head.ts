// One pass over the raw head of a request, for everything the guard decides on. Raw, because the parsed
// header object hides what an attacker plays with: duplicates are joined or dropped there.

/** The fields that the guard judges, each with every value that came, in order. */
export interface Head {
  readonly host: readonly string[]
  readonly origin: readonly string[]
  readonly fetchSite: readonly string[]
  readonly contentLength: readonly string[]
  readonly transferEncoding: readonly string[]
  readonly hop: readonly string[]
}

/** Names the proxies that a request has passed; the IDs are random per process. */
export const HOP_HEADER = 'x-langsmith-proxy-hop'

const NONE: readonly string[] = []

/** @param rawHeaders - Flat list of names and values, as node:http has it. */
export function readHead (rawHeaders: readonly string[]): Head {
  const head: Record<keyof Head, readonly string[]> = {
    host: NONE, origin: NONE, fetchSite: NONE, contentLength: NONE, transferEncoding: NONE, hop: NONE
  }
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const field = fieldOf(rawHeaders[i] ?? '')
    if (field !== undefined) head[field] = [...head[field], rawHeaders[i + 1] ?? '']
  }
  return head
}

function fieldOf (name: string): keyof Head | undefined {
  switch (name.toLowerCase()) {
    case 'host': return 'host'
    case 'origin': return 'origin'
    case 'sec-fetch-site': return 'fetchSite'
    case 'content-length': return 'contentLength'
    case 'transfer-encoding': return 'transferEncoding'
    case HOP_HEADER: return 'hop'
    default: return undefined
  }
}
