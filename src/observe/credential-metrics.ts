// Metrics of credentials: which version is in use, how old it is, and what LangSmith answers to it. A
// version is shown as the fingerprint of its key.

import { Counter, Gauge, type Registry } from 'prom-client'
import { createTally } from './tally.ts'
import type { Emit, ProxyEvent, RequestCompleted } from '../events.ts'
import { expiryOf } from '../secrets/credential.ts'
import type { LiveCredential } from '../secrets/credential.ts'

/** Versions of one credential that are counted apart; those before are forgotten, as labels must stay few. */
const MOST_VERSIONS = 20

/**
 * @param credentials - Those in use at the moment.
 * @param now - Milliseconds since 1970.
 * @returns Takes every event.
 */
export function addCredentialMetrics (registers: Registry[], credentials: () => readonly LiveCredential[], now: () => number): Emit {
  const answers = createTally({
    name: 'langsmith_proxy_credential_answers_total', help: 'Answers of LangSmith by the version of the key that the request carried.', labelNames: ['credential', 'version', 'result'], registers
  })
  const rotations = new Counter({
    name: 'langsmith_proxy_credential_rotations_total', help: 'What became of new values.', labelNames: ['credential', 'result'], registers
  })
  gauge('langsmith_proxy_credential_active', 'Always 1; the labels say which version is in use.', ['credential', 'version'], () => 1)
  gauge('langsmith_proxy_credential_age_seconds', 'Since this process first had the version that is in use.', ['credential'], ({ since }) => (now() - since) / 1000)
  gauge('langsmith_proxy_credential_expires_timestamp_seconds', 'When the version in use stops being valid, where that is known.', ['credential'],
    (current) => {
      const expiry = expiryOf(current)
      return expiry === undefined ? undefined : expiry.at / 1000
    })
  const versions = new Map<string, readonly string[]>()

  function gauge (name: string, help: string, labelNames: readonly ('credential' | 'version')[], valueOf: (current: NonNullable<LiveCredential['current']>) => number | undefined): void {
    new Gauge({
      name, help, labelNames, registers,
      collect () {
        this.reset()
        for (const { name, current } of credentials()) {
          const value = current === undefined ? undefined : valueOf(current)
          if (current === undefined || value === undefined) continue
          this.set(labelNames.includes('version') ? { credential: name, version: current.apiKey.fingerprint } : { credential: name }, value)
        }
      }
    }) // the registry keeps it
  }

  function count ({ credential, fingerprint: version, status, source }: RequestCompleted): void {
    if (credential === undefined || version === undefined || source !== 'upstream') return
    remember(credential, version)
    answers.add({ credential, version, result: resultOf(status) })
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
        rotations.inc({ credential: event.credential, result: event.event.replace('credential.', '') })
        break
      default: // not about credentials
    }
  }
}

const RESULTS = ['accepted', 'refused', 'failed'] as const

/** Statuses that are not about the key (404, 422, 429) mean that it was accepted. */
function resultOf (status: number): typeof RESULTS[number] {
  if (status === 401 || status === 403) return 'refused'
  return status >= 500 ? 'failed' : 'accepted'
}
