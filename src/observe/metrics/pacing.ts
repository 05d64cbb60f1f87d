// Metrics of LangSmith's budgets, which clients of one key share (pacing/).

import type { Book, MetricWords } from './book.ts'
import { addSeconds } from './tally.ts'
import type { Emit, ProxyEvent } from '../../events.ts'
import type { KeyUse } from '../../pacing/pacing.ts'
import type { LiveCredential } from '../../secrets/credential.ts'

/**
 * @param uses - What was spent of all budgets since the start.
 * @param credentials - Those in use at the moment.
 */
export function addPacingMetrics (book: Book, uses: () => readonly KeyUse[], credentials: () => readonly LiveCredential[]): Emit {
  const waits = book.seconds({ name: 'langsmith_proxy_pacing_wait_seconds', help: 'How long requests were held back that had to wait for their turn; those that did not are left out.', labels: ['route'], most: 100 })
  gauge('langsmith_proxy_pacing_waiting_requests', 'Requests that wait for their turn now.', ({ waiting }) => waiting)
  gauge('langsmith_proxy_pacing_blocked_seconds', 'How long LangSmith still wants no more, after a 429 with Retry-After.', ({ blocked }) => blocked / 1000)
  gauge('langsmith_proxy_budget_used_requests', 'Requests of all clients that count against the budget now.', ({ clients }) => clients.reduce((sum, { used }) => sum + used, 0), ({ rate }) => rate !== undefined)
  gauge('langsmith_proxy_budget_limit_requests', 'Requests that this proxy may spend of the budget in its time.', ({ rate }) => rate?.count ?? 0, ({ rate }) => rate !== undefined)
  gauge('langsmith_proxy_budget_window_seconds', 'The time that the budget is for.', ({ rate }) => rate?.seconds ?? 0, ({ rate }) => rate !== undefined)

  function gauge (name: string, help: string, valueOf: (use: KeyUse) => number, isKnown: (use: KeyUse) => boolean = () => true): void {
    const words: MetricWords = { name, help, labels: ['credential', 'upstream', 'budget'], most: 500 }
    book.read('gauge', words, () => {
      const names = new Set(credentials().map((credential) => credential.name)) // what a reload took away was spent even so, but is of no interest
      return uses().filter((use) => names.has(use.credential) && isKnown(use)).map((use) => ({ labels: { credential: use.credential, upstream: use.upstream, budget: use.budget }, value: valueOf(use) }))
    })
  }

  return (event: ProxyEvent) => {
    if (event.event === 'request.completed' && event.waited_ms !== undefined) addSeconds(waits.of({ route: event.route ?? '' }), event.waited_ms / 1000)
  }
}
