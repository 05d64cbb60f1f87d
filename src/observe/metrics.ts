// Prometheus metrics. Labels have few values: never a path or a caller's text. `client` is a name of the clients file, and
// left out for who showed no client key, which to Prometheus is the same as empty. docs/metrics.md is made from this.

import { openBook } from './metrics/book.ts'
import type { MetricDescription } from './metrics/book.ts'
import { addCredentialMetrics } from './metrics/credentials.ts'
import { addDenialMetrics } from './metrics/denials.ts'
import { addPacingMetrics } from './metrics/pacing.ts'
import { addProcessMetrics } from './metrics/process.ts'
import type { ProcessUse } from './metrics/process.ts'
import { addRequestMetrics } from './metrics/requests.ts'
import { addSystemMetrics } from './metrics/system.ts'
import type { SystemSources } from './metrics/system.ts'
import { addUpstreamMetrics } from './metrics/upstream.ts'
import type { OpenWay, UpstreamMetrics } from './metrics/upstream.ts'
import type { Emit } from '../events.ts'
import type { KeyUse } from '../pacing/pacing.ts'
import type { LiveCredential } from '../secrets/credential.ts'
import type { MaskText } from '../swap/mask-text.ts'

export interface Metrics {
  readonly emit: Emit
  readonly connected: UpstreamMetrics['connected']
  readonly contentType: string
  /** The page. */
  readonly text: () => Promise<string>
  readonly descriptions: readonly MetricDescription[]
  readonly close: () => void
}

export interface MetricsSources extends SystemSources {
  readonly maskText: MaskText
  /** Requests that have no whole answer yet. */
  readonly inFlight: () => number
  readonly credentials: () => readonly LiveCredential[]
  readonly ways: () => readonly OpenWay[]
  /** What was spent of LangSmith's budgets. */
  readonly budgets: () => readonly KeyUse[]
  readonly processUse?: (() => ProcessUse) | undefined
  /** Milliseconds since 1970. */
  readonly now: () => number
}

export function createMetrics (sources: MetricsSources): Metrics {
  const { maskText, inFlight, credentials, ways, budgets, processUse, now } = sources
  const book = openBook(maskText)
  const ofRequests = addRequestMetrics(book, inFlight)
  const ofDenials = addDenialMetrics(book)
  const ofCredentials = addCredentialMetrics(book, credentials, now)
  const ofPacing = addPacingMetrics(book, budgets, credentials)
  const ofUpstream = addUpstreamMetrics(book, ways)
  const ofSystem = addSystemMetrics(book, sources)
  const close = addProcessMetrics(book, processUse)
  return {
    emit (event) {
      ofRequests(event)
      ofDenials(event)
      ofCredentials(event)
      ofPacing(event)
      ofUpstream.emit(event)
      ofSystem(event)
    },
    connected: ofUpstream.connected,
    contentType: book.contentType,
    text: book.text,
    descriptions: book.descriptions,
    close
  }
}
