// The one call that tells whether LangSmith accepts a credential.

import { ask, headerOf } from './ask.ts'
import type { Asked, AskedHost, Call } from './ask.ts'
import type { Credential } from '../secrets/credential.ts'
import type { Verdict } from '../secrets/rotation/judge.ts'

/** Lists one project: 200 for a key that may, 401 or 403 for one that may not. Source: docs/langsmith-api.md, section 6, step 4. */
export const LIST_ONE_PROJECT: Call = { path: '/api/v1/sessions', query: '?limit=1' }

/** Tries a credential on a route; takes two seconds at most and never rejects. */
export async function probe (host: AskedHost, credential: Credential): Promise<Verdict> {
  return verdictOf(await ask(host, credential, LIST_ONE_PROJECT))
}

/**
 * What an answer to that call says of the credential.
 *
 * Only JSON counts: what a gateway or a login page in between answers says nothing about the key.
 */
export function verdictOf (asked: Asked): Verdict {
  if (!asked.answered) return { says: 'untold', reason: asked.failure.detail }
  const { status, headers, body } = asked
  const isJson = (headerOf(headers, 'content-type') ?? '').toLowerCase().includes('json')
  if (!isJson) return { says: 'untold', reason: `an answer with status ${status} that is not from LangSmith` }
  if (status >= 200 && status < 300) return { says: 'accepted' }
  if (status === 401 || status === 403) return { says: 'refused', status, how: `${status} ${wordsOf(body)}` }
  return { says: 'untold', reason: `status ${status}` }
}

/** What LangSmith gives as its reason, without the request's ID and what else differs from call to call. */
function wordsOf (body: Buffer): string {
  try {
    const { detail, error } = JSON.parse(body.toString('utf8')) as { detail?: unknown, error?: unknown }
    return JSON.stringify([detail, error])
  } catch {
    return '' // no object, or cut: the status has to do
  }
}
