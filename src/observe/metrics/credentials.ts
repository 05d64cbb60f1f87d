// Metrics of credentials: which version is in use, how old it is, and what LangSmith answers to it. A
// version is shown as the fingerprint of its key.

import type { Book } from './book.ts'
import type { Emit, ProxyEvent, RequestCompleted } from '../../events.ts'
import { expiryOf } from '../../secrets/credential.ts'
import type { Credential, LiveCredential } from '../../secrets/credential.ts'

/** Versions of one credential that are counted apart; those before are forgotten, as labels must stay few. */
const MOST_VERSIONS = 20

const RESULTS = ['accepted', 'refused', 'failed'] as const
const ROTATIONS = ['rotated', 'rejected', 'reverted', 'failed'] as const

/**
 * @param credentials - Those in use at the moment.
 * @param now - Milliseconds since 1970.
 * @returns Takes every event.
 */
export function addCredentialMetrics (book: Book, credentials: () => readonly LiveCredential[], now: () => number): Emit {
  book.read('gauge', { name: 'langsmith_proxy_credential_available', help: 'Whether there is a key: 0 while it could never be read, when its routes answer 503.', labels: ['credential'], most: 500 }, () =>
    credentials().map(({ name: credential, current }) => {
      beginAtZero(credential, current?.apiKey.fingerprint) // here, because this metric is read before those
      return { labels: { credential }, value: current === undefined ? 0 : 1 }
    }))
  const answers = book.counter({
    name: 'langsmith_proxy_credential_answers_total', help: 'Answers of LangSmith by the version of the key that the request carried.', labels: ['credential', 'version', 'result'], most: 3000
  })
  const rotations = book.counter({
    name: 'langsmith_proxy_credential_rotations_total', help: 'What became of new values.', labels: ['credential', 'result'], most: 500
  })
  const ofCurrent = (name: string, help: string, valueOf: (current: Credential) => number | undefined, labels: readonly ('credential' | 'version')[] = ['credential']): void => {
    book.read('gauge', { name, help, labels, most: 500 }, () => credentials().flatMap(({ name: credential, current }) => {
      const value = current === undefined ? undefined : valueOf(current)
      if (current === undefined || value === undefined) return []
      return [{ labels: labels.includes('version') ? { credential, version: current.apiKey.fingerprint } : { credential }, value }]
    }))
  }
  ofCurrent('langsmith_proxy_credential_info', 'Always 1; the labels say which version is in use.', () => 1, ['credential', 'version'])
  ofCurrent('langsmith_proxy_credential_age_seconds', 'Since this process first had the version that is in use.', ({ since }) => (now() - since) / 1000)
  ofCurrent('langsmith_proxy_credential_expires_timestamp_seconds', 'When the version in use stops being valid, where that is known.', (current) => {
    const expiry = expiryOf(current)
    return expiry === undefined ? undefined : expiry.at / 1000
  })
  const versions = new Map<string, readonly string[]>()

  /** A counter that begins with 1 has not risen, to Prometheus. */
  function beginAtZero (credential: string, version: string | undefined): void {
    for (const result of ROTATIONS) rotations.of({ credential, result })
    if (version === undefined) return
    remember(credential, version)
    for (const result of RESULTS) answers.of({ credential, version, result })
  }

  function count ({ credential, fingerprint: version, status, source }: RequestCompleted): void {
    if (credential === undefined || version === undefined || source !== 'upstream') return
    remember(credential, version)
    answers.of({ credential, version, result: resultOf(status) }).value++
  }

  function remember (credential: string, version: string): void {
    const known = versions.get(credential) ?? []
    if (known.includes(version)) return
    const all = [...known, version]
    for (const oldest of all.slice(0, -MOST_VERSIONS)) for (const result of RESULTS) answers.remove({ credential, version: oldest, result })
    versions.set(credential, all.slice(-MOST_VERSIONS))
  }

  return (event: ProxyEvent) => {
    switch (event.event) {
      case 'request.completed':
        count(event)
        break
      case 'credential.rotated':
      case 'credential.rejected':
      case 'credential.reverted':
      case 'credential.failed':
        rotations.of({ credential: event.credential, result: event.event.replace('credential.', '') }).value++
        break
      default: // not about credentials
    }
  }
}

/** Statuses that are not about the key (404, 422, 429) mean that it was accepted. */
function resultOf (status: number): typeof RESULTS[number] {
  if (status === 401 || status === 403) return 'refused'
  return status >= 500 ? 'failed' : 'accepted'
}
