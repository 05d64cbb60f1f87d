// The audit record: who did what, one JSON line a request. It is not the log: it has every request, whatever the level of
// the log is and however many there are, and nothing of a request but method, a word for its path, and UUIDs in it.

import type { AuditFile } from './file.ts'
import { subjectOf } from './subject.ts'
import type { Subject } from './subject.ts'
import type { Ended } from '../exchanges.ts'
import { maskFields } from '../mask-fields.ts'
import type { HttpErrorCode } from '../../errors.ts'
import type { Exchange, Source } from '../../exchange.ts'
import { pathOf } from '../../guard/target.ts'
import type { MaskText } from '../../swap/mask-text.ts'

/** One line. Every field is always there; null where there is nothing to tell. */
export interface AuditRecord extends Subject {
  /** When the request had ended, in UTC. */
  readonly time: string
  /** As in the log of the proxy. */
  readonly reqId: string
  /** Name of the client whose key the request showed. */
  readonly client: string | null
  /** Address of the caller (guard/callers.ts); none on a Unix socket. */
  readonly peer: string | null
  /** Prefix of the route; null where none was reached. */
  readonly route: string | null
  readonly credential: string | null
  readonly method: string
  /** Null where the client got no answer. */
  readonly status: number | null
  /** Who made the answer. */
  readonly source: Source | null
  /** Why the proxy itself said no, or could not reach LangSmith. */
  readonly code: HttpErrorCode | null
  /** Who broke it off, where the answer was not complete. */
  readonly cut_by: 'client' | 'upstream' | 'proxy' | null
  /** Bytes of the bodies. */
  readonly bytes_in: number
  readonly bytes_out: number
  readonly duration_ms: number
}

/**
 * Gives what writes down each request that reached a route, or was denied to a client that is known.
 *
 * @param maskText - Names of the config may be keys by mistake, and a key may have the form of a UUID.
 * @param now - Milliseconds since 1970.
 */
export function recordIn (file: Pick<AuditFile, 'isOpen' | 'write'>, maskText: MaskText, now: () => number): (ended: Ended) => void {
  return (ended) => {
    if (!file.isOpen() || !isRecorded(ended.exchange)) return
    file.write(`${JSON.stringify(maskFields(recordOf(ended, now()), maskText))}\n`)
  }
}

// What the proxy answers to strangers is for its log and its metrics; they could fill any disk.
function isRecorded ({ route, client, denial }: Exchange): boolean {
  return route !== undefined || (client !== undefined && denial !== undefined)
}

function recordOf ({ exchange, status, cut, duration }: Ended, now: number): AuditRecord {
  const { id, caller, client, route, credential, method, target, denial, bytesIn, bytesOut } = exchange
  return {
    time: new Date(now).toISOString(),
    reqId: id,
    client: client ?? null,
    peer: caller.address ?? null,
    route: route ?? null,
    credential: credential ?? null,
    method,
    ...subjectOf(method, pathOf(target), route),
    status: status ?? null,
    source: status === undefined ? null : exchange.source,
    code: denial?.code ?? null,
    cut_by: cut?.by ?? null,
    bytes_in: bytesIn,
    bytes_out: bytesOut,
    duration_ms: duration
  }
}
