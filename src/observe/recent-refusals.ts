// The last refusals and other explained answers, for the page /-/refusals. In memory only, bounded, and fed with every
// event, before the log counts repeated ones away.

import { maskFields } from './mask-fields.ts'
import type { Diagnosis } from '../diagnosis/diagnosis.ts'
import type { AnswerDiagnosed, ExplainedFields, RefusalDiagnosed, RefusalExplained, RouteChecked } from '../diagnosis/events.ts'
import type { Emit } from '../events.ts'
import type { MaskText } from '../swap/mask-text.ts'
import { LIST_ONE_PROJECT } from '../upstream/probe.ts'

/** What is known of one answer, or of several in a row that are alike; the fields of the last one. */
export interface RecentRefusal extends Omit<ExplainedFields, 'reqId' | 'status'> {
  /** ISO 8601, UTC. */
  readonly time: string
  /** Of the first of those alike. */
  readonly first_time: string
  readonly count: number
  /** `route.checked` was no request of a client but the check at the start. */
  readonly event: 'refusal.diagnosed' | 'answer.diagnosed' | 'route.checked'
  readonly reqId?: string | undefined
  readonly status?: number | undefined
  readonly upstream_request_id?: string | undefined
  readonly excerpt?: string | undefined
}

export interface RecentRefusals {
  /** Takes every event. */
  readonly emit: Emit
  /** Newest first, at most 200; masked with what is known to be secret now. */
  readonly list: () => readonly RecentRefusal[]
  /** What is new or has changed since a change of that number, which 0 is before; oldest first, masked. */
  readonly changedSince: (change: number) => Changed
}

export interface Changed {
  /** The last one. */
  readonly change: number
  readonly refusals: readonly (RecentRefusal & { readonly id: number })[]
}

export interface RecentRefusalsOptions {
  readonly maskText: MaskText
  /** Milliseconds since 1970. */
  readonly now: () => number
}

export const MOST_REFUSALS = 200

type Fields = Omit<RecentRefusal, 'time' | 'first_time' | 'count'>

interface Entry {
  readonly id: number
  /** Masked. */
  fields: Fields
  /** Of the first request: it is the one that LangSmith was asked about. */
  readonly firstId: string | undefined
  /** Milliseconds since 1970. */
  readonly firstTime: number
  time: number
  count: number
  change: number
}

export function createRecentRefusals ({ maskText, now }: RecentRefusalsOptions): RecentRefusals {
  /** Oldest first. */
  const entries: Entry[] = []
  let ids = 0
  let change = 0

  function add (raw: Fields): void {
    const time = now()
    const fields = maskFields(raw, maskText)
    const last = entries.at(-1)
    if (last !== undefined && isAlike(last.fields, fields)) {
      last.fields = fields
      last.time = time
      last.count++
      last.change = ++change
      return
    }
    entries.push({ id: ++ids, fields, firstId: fields.reqId, firstTime: time, time, count: 1, change: ++change })
    if (entries.length > MOST_REFUSALS) entries.shift()
  }

  function explain ({ reqId, diagnosis }: RefusalExplained): void {
    const entry = entries.findLast(({ fields, firstId }) => fields.reqId === reqId || firstId === reqId)
    if (entry === undefined) return
    entry.fields = { ...entry.fields, diagnosis: maskFields(diagnosis, maskText) }
    entry.change = ++change
  }

  // Masked once more: a key may have become known since.
  function shown ({ time, firstTime, count, fields }: Entry): RecentRefusal {
    return { time: new Date(time).toISOString(), first_time: new Date(firstTime).toISOString(), count, ...maskFields(fields, maskText) }
  }

  return {
    emit (event) {
      switch (event.event) {
        case 'refusal.diagnosed':
        case 'answer.diagnosed':
          add(fieldsOf(event))
          break
        case 'refusal.explained':
          explain(event)
          break
        case 'route.checked':
          if (event.diagnosis !== undefined) add(fieldsOfCheck(event, event.diagnosis))
          break
        default: // not about an answer that needs explaining
      }
    },
    list: () => entries.map(shown).reverse(),
    changedSince: (known) => ({ change, refusals: entries.filter((entry) => entry.change > known).map((entry) => ({ id: entry.id, ...shown(entry) })) })
  }
}

function fieldsOf ({ event, reqId, method, path, route, credential, client, region, secret_ref, fingerprint, status, upstream_request_id, excerpt, diagnosis }: RefusalDiagnosed | AnswerDiagnosed): Fields {
  return { event, reqId, method, path, route, credential, client, region, secret_ref, fingerprint, status, upstream_request_id, excerpt, diagnosis }
}

function fieldsOfCheck ({ event, route, credential, region, secret_ref, fingerprint, status }: RouteChecked, diagnosis: Diagnosis): Fields {
  const path = (route === '/' ? '' : route) + LIST_ONE_PROJECT.path
  return { event, method: 'GET', path, route, credential, region, secret_ref, fingerprint, status, diagnosis }
}

const ALIKE = ['event', 'route', 'credential', 'client', 'method', 'path', 'status', 'fingerprint'] as const

/** A user who tries again sees that it is the same, not a second case. */
function isAlike (one: Fields, other: Fields): boolean {
  return one.diagnosis.code === other.diagnosis.code && ALIKE.every((name) => one[name] === other[name])
}
