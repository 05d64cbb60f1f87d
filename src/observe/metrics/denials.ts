// Metrics of what was refused: by LangSmith, by its most likely cause, and by the proxy itself.

import type { LabelValues } from 'prom-client'
import type { Book } from './book.ts'
import type { AnswerDiagnosed, RefusalDiagnosed, RefusalExplained } from '../../diagnosis/events.ts'
import type { Emit, ProxyEvent } from '../../events.ts'
import type { RequestFields } from '../../exchange.ts'

export function addDenialMetrics (book: Book): Emit {
  const refusals = book.counter({
    name: 'langsmith_proxy_refusals_total', help: 'Answers of LangSmith with 401 or 403, by the most likely cause.', labels: ['route', 'status', 'code', 'client'], most: 2000
  })
  const explained = book.counter({
    name: 'langsmith_proxy_refusals_explained_total', help: 'Refusals about which read-only calls found out more, by the cause that they showed.', labels: ['route', 'status', 'code'], most: 1000
  })
  const answers = book.counter({
    name: 'langsmith_proxy_answers_diagnosed_total', help: 'Other answers of LangSmith whose cause is known, by that cause.', labels: ['route', 'status', 'code'], most: 1000
  })
  const denials = book.counter({
    name: 'langsmith_proxy_denials_total', help: 'Answers in which the proxy itself said no; what the code means is in docs/errors.md.', labels: ['code', 'client'], most: 2000
  })
  const wouldDeny = book.counter({
    name: 'langsmith_proxy_would_be_denials_total', help: 'Requests that a role in report mode let pass and would deny.', labels: ['route', 'client'], most: 2000
  })

  return (event: ProxyEvent) => {
    switch (event.event) {
      case 'request.denied': // and not at its end, because bytes that are no request are never completed
      case 'upstream.failed':
        denials.of({ code: event.code, ...clientOf(event) }).value++
        break
      case 'role.would_deny':
        wouldDeny.of({ route: event.route ?? '', ...clientOf(event) }).value++
        break
      case 'refusal.diagnosed': {
        const { client } = event
        const { route, status, code } = causeOf(event)
        refusals.of(client === undefined ? { route, status, code } : { route, status, code, client }).value++
        break
      }
      case 'refusal.explained':
        explained.of(causeOf(event)).value++
        break
      case 'answer.diagnosed':
        answers.of(causeOf(event)).value++
        break
      default: // nobody said no
    }
  }
}

function clientOf ({ client }: RequestFields): { readonly client?: string } {
  return client === undefined ? {} : { client }
}

/** Codes are fixed words, and only a few statuses are explained. */
function causeOf ({ route = '', status, diagnosis: { code } }: RefusalDiagnosed | RefusalExplained | AnswerDiagnosed): LabelValues<'route' | 'status' | 'code'> {
  return { route, status, code }
}
