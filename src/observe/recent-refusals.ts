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

/** The ID of the first request is kept too: it is the one that LangSmith was asked about. */
interface Entry { shown: RecentRefusal, readonly firstId: string | undefined, readonly id: number, change: number }

export function createRecentRefusals ({ maskText, now }: RecentRefusalsOptions): RecentRefusals {
  /** Oldest first. */
  const entries: Entry[] = []
  let ids = 0
  let change = 0

  function add (fields: Omit<RecentRefusal, 'time' | 'first_time' | 'count'>): void {
    const time = new Date(now()).toISOString()
    const shown = { time, first_time: time, count: 1, ...maskFields(fields, maskText) }
    const last = entries.at(-1)
    if (last !== undefined && isAlike(last.shown, shown)) {
      last.shown = { ...shown, first_time: last.shown.first_time, count: last.shown.count + 1 }
      last.change = ++change
      return
    }
    entries.push({ shown, firstId: shown.reqId, id: ++ids, change: ++change })
    if (entries.length > MOST_REFUSALS) entries.shift()
  }

  function explain ({ reqId, diagnosis }: RefusalExplained): void {
    const entry = entries.findLast(({ shown, firstId }) => shown.reqId === reqId || firstId === reqId)
    if (entry === undefined) return
    entry.shown = { ...entry.shown, diagnosis: maskFields(diagnosis, maskText) }
    entry.change = ++change
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
    // Once more: a key may have become known since.
    list: () => entries.map(({ shown }) => maskFields(shown, maskText)).reverse(),
    changedSince: (known) => ({ change, refusals: entries.filter((entry) => entry.change > known).map(({ id, shown }) => ({ id, ...maskFields(shown, maskText) })) })
  }
}

function fieldsOf ({ event, reqId, method, path, route, credential, client, region, secret_ref, fingerprint, status, upstream_request_id, excerpt, diagnosis }: RefusalDiagnosed | AnswerDiagnosed): Omit<RecentRefusal, 'time' | 'first_time' | 'count'> {
  return { event, reqId, method, path, route, credential, client, region, secret_ref, fingerprint, status, upstream_request_id, excerpt, diagnosis }
}

function fieldsOfCheck ({ event, route, credential, region, secret_ref, fingerprint, status }: RouteChecked, diagnosis: Diagnosis): Omit<RecentRefusal, 'time' | 'first_time' | 'count'> {
  const path = (route === '/' ? '' : route) + LIST_ONE_PROJECT.path
  return { event, method: 'GET', path, route, credential, region, secret_ref, fingerprint, status, diagnosis }
}

const ALIKE = ['event', 'route', 'credential', 'client', 'method', 'path', 'status', 'fingerprint'] as const

/** A user who tries again sees that it is the same, not a second case. */
function isAlike (one: RecentRefusal, other: RecentRefusal): boolean {
  return one.diagnosis.code === other.diagnosis.code && ALIKE.every((name) => one[name] === other[name])
}
