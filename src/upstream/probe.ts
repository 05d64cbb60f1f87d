// One read-only call that tells whether LangSmith accepts a credential. It goes the way of every other
// request of the route: same host, same verified TLS, same way out.

import type { Dispatcher } from 'undici'
import { failureOf } from './failures.ts'
import type { Credential } from '../secrets/credential.ts'
import type { Verdict } from '../secrets/rotation/judge.ts'
import { upstreamPath } from '../routes/path.ts'
import type { Route } from '../routes/route.ts'
import { swapHeaders } from '../swap/request-headers.ts'

/** For the whole call. */
const PROBE_MS = 2000
/** Of the answer; what is longer says nothing more. */
const MAX_BYTES = 4096

/** Lists one project: 200 for a key that may, 401 or 403 for one that may not. Source: docs/langsmith-api.md, section 6, step 4. */
const CALL = '/api/v1/sessions'
const QUERY = '?limit=1'

/**
 * Tries a credential on a route; takes two seconds at most and never rejects.
 *
 * Only JSON counts: what a gateway or a login page in between answers says nothing about the key.
 */
export async function probe (route: Pick<Route, 'prefix' | 'upstream'>, connection: Dispatcher, credential: Credential, hopId: string): Promise<Verdict> {
  const { headers } = swapHeaders(route, credential, ['accept', 'application/json', 'user-agent', 'langsmith-proxy'], hopId)
  const path = upstreamPath(route, (route.prefix === '/' ? '' : route.prefix) + CALL) + QUERY
  const signal = AbortSignal.timeout(PROBE_MS)
  try {
    const { statusCode, headers: answered, body } = await connection.request({ origin: route.upstream.origin, path, method: 'GET', headers, signal })
    const isJson = String(answered['content-type'] ?? '').toLowerCase().includes('json')
    const text = await beginningOf(body)
    if (!isJson) return { says: 'untold', reason: `an answer with status ${statusCode} that is not from LangSmith` }
    if (statusCode >= 200 && statusCode < 300) return { says: 'accepted' }
    if (statusCode === 401 || statusCode === 403) return { says: 'refused', status: statusCode, how: `${statusCode} ${text}` }
    return { says: 'untold', reason: `status ${statusCode}` }
  } catch (error) {
    return { says: 'untold', reason: signal.aborted ? `no answer within ${PROBE_MS / 1000} seconds` : failureOf(error, false).detail }
  }
}

async function beginningOf (body: Dispatcher.ResponseData['body']): Promise<string> {
  const pieces: Buffer[] = []
  let size = 0
  for await (const piece of body as AsyncIterable<Buffer>) {
    pieces.push(piece)
    size += piece.length
    if (size >= MAX_BYTES) break // leaving the loop ends the answer
  }
  return Buffer.concat(pieces).subarray(0, MAX_BYTES).toString('latin1')
}
