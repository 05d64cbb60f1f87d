// Metrics of requests. Each adds to a few numbers, which are looked up together, by one key.

import type { Book } from './book.ts'
import { addSeconds } from './tally.ts'
import type { Count, Spread } from './tally.ts'
import type { Emit, ProxyEvent, RequestAborted, RequestCompleted } from '../../events.ts'

/** What a request with the same labels adds to. */
interface Cell {
  readonly requests: Count
  readonly bytesIn: Count
  readonly bytesOut: Count
  /** Of requests that have a route: an open dashboard is answered for minutes. */
  readonly duration: Spread | undefined
  /** Of requests that LangSmith answered. */
  readonly upstream: Spread | undefined
  readonly firstByte: Spread | undefined
}

/** Cells are a shortcut: beyond this, their series are looked up one by one. */
const MOST_CELLS = 5000

export function addRequestMetrics (book: Book, inFlight: () => number): Emit {
  const requests = book.counter({
    name: 'langsmith_proxy_requests_total', help: 'Requests that were answered in full.', labels: ['route', 'method', 'status', 'source', 'client'], most: 5000
  })
  const aborted = book.counter({
    name: 'langsmith_proxy_requests_aborted_total', help: 'Requests without a whole answer, by who broke off.', labels: ['route', 'by'], most: 500
  })
  const durations = book.seconds({
    name: 'langsmith_proxy_request_duration_seconds', help: 'From the head of a request that has a route to the end of its answer.', labels: ['route', 'source'], most: 200
  })
  const firstBytes = book.seconds({
    name: 'langsmith_proxy_time_to_first_byte_seconds', help: 'From the head of a request to the head of LangSmith\'s answer: what a client waits, with its turn (pacing) and the work of the proxy.', labels: ['route'], most: 100
  })
  const upstream = book.seconds({
    name: 'langsmith_proxy_upstream_duration_seconds', help: 'From the dispatch of a request to the head of LangSmith\'s answer.', labels: ['route'], most: 100
  })
  const bytesIn = book.counter({ name: 'langsmith_proxy_request_body_bytes_total', help: 'Bytes of bodies that clients sent.', labels: ['route'], most: 500 })
  const bytesOut = book.counter({ name: 'langsmith_proxy_response_body_bytes_total', help: 'Bytes of bodies that clients were sent.', labels: ['route'], most: 500 })
  book.read('gauge', { name: 'langsmith_proxy_requests_in_flight', help: 'Requests that have no whole answer yet; an open dashboard is one.' }, () => [{ value: inFlight() }])
  const cells = new Map<string, Cell>()

  function cellOf ({ route = '', method, status, source, client }: RequestCompleted): Cell {
    const key = `${route}\n${client ?? ''}\n${method} ${status} ${source}`
    const known = cells.get(key)
    if (known !== undefined) return known
    const cell: Cell = {
      requests: requests.of({ route, method: methodClass(method), status, source, ...(client === undefined ? {} : { client }) }),
      bytesIn: bytesIn.of({ route }),
      bytesOut: bytesOut.of({ route }),
      duration: route === '' ? undefined : durations.of({ route, source }),
      upstream: source === 'upstream' ? upstream.of({ route }) : undefined,
      firstByte: source === 'upstream' ? firstBytes.of({ route }) : undefined
    }
    if (cells.size < MOST_CELLS) cells.set(key, cell)
    return cell
  }

  function completed (event: RequestCompleted): void {
    const cell = cellOf(event)
    cell.requests.value++
    cell.bytesIn.value += event.bytes_in
    cell.bytesOut.value += event.bytes_out
    if (cell.duration !== undefined) addSeconds(cell.duration, event.duration_ms / 1000)
    if (cell.upstream !== undefined && event.upstream_ms !== undefined) addSeconds(cell.upstream, event.upstream_ms / 1000)
    if (cell.firstByte !== undefined && event.first_byte_ms !== undefined) addSeconds(cell.firstByte, event.first_byte_ms / 1000)
  }

  function cut ({ route = '', by, bytes_in: received, bytes_out: sent }: RequestAborted): void {
    aborted.of({ route, by }).value++
    bytesIn.of({ route }).value += received
    bytesOut.of({ route }).value += sent
  }

  return (event: ProxyEvent) => {
    if (event.event === 'request.completed') completed(event)
    else if (event.event === 'request.aborted') cut(event)
  }
}

const METHOD_CLASSES: ReadonlyMap<string, string> = new Map(Object.entries({ GET: 'read', HEAD: 'read', OPTIONS: 'read', POST: 'write', PUT: 'write', PATCH: 'write', DELETE: 'delete' }))

/** Of the method alone: POST /runs/query is `write`, although it only reads. */
function methodClass (method: string): string {
  return METHOD_CLASSES.get(method) ?? 'other'
}
