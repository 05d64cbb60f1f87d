// Watches each request until its answer is out or cut, and reports it once.

import type { ServerResponse } from 'node:http'
import { HTTP_ERRORS } from '../errors.ts'
import type { Emit } from '../events.ts'
import { requestFields } from '../exchange.ts'
import type { Exchange } from '../exchange.ts'

export interface ExchangeWatch {
  /** Call it once for each request, at its beginning. */
  watch: (exchange: Exchange, response: ServerResponse) => void
  /** Requests that have no whole answer yet. */
  inFlight: () => number
  /** Notes why the client of this answer is about to be cut. */
  blame: (response: ServerResponse, reason: string) => void
  /** Notes that the proxy is about to cut those: neither client nor upstream is to blame. */
  cutAll: () => void
  /** Called each time a request ends. */
  onEnd: (listener: () => void) => void
}

/** How a request ended. */
export interface Ended {
  readonly exchange: Exchange
  /** Undefined where no head of an answer was sent. */
  readonly status: number | undefined
  /** Set where the answer did not go out whole. */
  readonly cut: Exchange['cut']
  /** Milliseconds. */
  readonly duration: number
}

interface Watched {
  readonly exchange: Exchange
  readonly response: ServerResponse
  /** Its index in the list. */
  place: number
}

/** @param record - Takes every request that has ended, before it is reported. */
export function watchExchanges (emit: Emit, record: (ended: Ended) => void = () => {}): ExchangeWatch {
  const underWay: Watched[] = [] // in no order; why not a map: guard/open-answers.ts
  const listeners: (() => void)[] = []

  function remove ({ place }: Watched): void {
    const last = underWay.pop()
    if (last === undefined || last.place === place) return
    last.place = place
    underWay[place] = last
  }

  return {
    watch (exchange, response) {
      const watched = { exchange, response, place: underWay.length }
      underWay.push(watched)
      response.on('close', () => { // it closes once; once() would cost more
        remove(watched)
        const ended = endOf(exchange, response)
        record(ended)
        report(ended, emit)
        for (const listener of listeners) listener()
      })
    },
    inFlight: () => underWay.length,
    blame (blamed, reason) {
      const exchange = underWay.find(({ response }) => response === blamed)?.exchange
      if (exchange !== undefined) exchange.cut ??= { by: 'client', reason }
    },
    cutAll () {
      for (const { exchange } of underWay) exchange.cut ??= { by: 'proxy', reason: 'STOPPED' }
    },
    onEnd: (listener) => { listeners.push(listener) }
  }
}

function endOf (exchange: Exchange, response: ServerResponse): Ended {
  return {
    exchange,
    status: response.headersSent ? response.statusCode : undefined,
    cut: exchange.cut ?? (isOut(response) ? undefined : { by: 'client', reason: 'CLIENT_LEFT' }),
    duration: rounded(performance.now() - exchange.startedAt)
  }
}

// Node takes an answer for finished, too, that went down with its connection. After one that is out the connection is still there when it closes.
function isOut (response: ServerResponse): boolean {
  return response.writableFinished && !response.req.socket.destroyed
}

function report ({ exchange, status, cut, duration }: Ended, emit: Emit): void {
  const { denial, caller: { address: peer } } = exchange
  const { reqId, client, method, path, route, credential } = requestFields(exchange)
  if (cut !== undefined || status === undefined) {
    emit({
      event: 'request.aborted', reqId, client, method, path, route, credential,
      duration_ms: duration, bytes_in: exchange.bytesIn, bytes_out: exchange.bytesOut,
      by: cut?.by ?? 'client', reason: cut?.reason, status
    })
    return
  }
  // Failures of the upstream have their own event.
  if (denial !== undefined && !denial.code.startsWith('upstream-')) {
    const hint = denial.hint ?? HTTP_ERRORS[denial.code].hint
    emit({ event: 'request.denied', reqId, client, method, path, route, credential, code: denial.code, status, detail: denial.logged ?? denial.detail, hint, peer })
  }
  emit({
    event: 'request.completed', reqId, client, method, path, route, credential,
    duration_ms: duration,
    bytes_in: exchange.bytesIn,
    bytes_out: exchange.bytesOut,
    fingerprint: exchange.fingerprint,
    status,
    source: exchange.source,
    code: denial?.code,
    upstream_ms: exchange.dispatchedAt === undefined || exchange.headAt === undefined ? undefined : rounded(exchange.headAt - exchange.dispatchedAt),
    first_byte_ms: exchange.headAt === undefined ? undefined : rounded(exchange.headAt - exchange.startedAt),
    waited_ms: exchange.waited === undefined ? undefined : rounded(exchange.waited),
    page: exchange.isPage ? true : undefined,
    query_removed: exchange.queryRemoved
  })
}

/** Tenths of a millisecond are as exact as it gets. */
function rounded (ms: number): number {
  return Math.round(ms * 10) / 10
}
