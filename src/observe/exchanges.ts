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

export function watchExchanges (emit: Emit): ExchangeWatch {
  const underWay = new Map<ServerResponse, Exchange>()
  const listeners: (() => void)[] = []
  return {
    watch (exchange, response) {
      underWay.set(response, exchange)
      const peer = response.req.socket.remoteAddress // unknown once the connection is closed
      response.once('close', () => {
        underWay.delete(response)
        report(exchange, response, peer, emit)
        for (const listener of listeners) listener()
      })
    },
    inFlight: () => underWay.size,
    blame (response, reason) {
      const exchange = underWay.get(response)
      if (exchange !== undefined) exchange.cut ??= { by: 'client', reason }
    },
    cutAll () {
      for (const exchange of underWay.values()) exchange.cut ??= { by: 'proxy', reason: 'STOPPED' }
    },
    onEnd: (listener) => { listeners.push(listener) }
  }
}

function report (exchange: Exchange, response: ServerResponse, peer: string | undefined, emit: Emit): void {
  const { denial } = exchange
  const common = {
    ...requestFields(exchange),
    duration_ms: rounded(performance.now() - exchange.startedAt),
    bytes_in: exchange.bytesIn,
    bytes_out: exchange.bytesOut
  }
  if (exchange.cut !== undefined || !response.writableFinished) {
    const cut = exchange.cut ?? { by: 'client', reason: 'CLIENT_LEFT' }
    emit({ event: 'request.aborted', ...common, by: cut.by, reason: cut.reason, status: response.headersSent ? response.statusCode : undefined })
    return
  }
  // Failures of the upstream have their own event.
  if (denial !== undefined && !denial.code.startsWith('upstream-')) {
    const hint = denial.hint ?? HTTP_ERRORS[denial.code].hint
    emit({ event: 'request.denied', ...requestFields(exchange), code: denial.code, status: response.statusCode, detail: denial.detail, hint, peer })
  }
  emit({
    event: 'request.completed',
    ...common,
    fingerprint: exchange.fingerprint,
    status: response.statusCode,
    source: exchange.source,
    code: denial?.code,
    upstream_ms: exchange.dispatchedAt === undefined || exchange.headAt === undefined ? undefined : rounded(exchange.headAt - exchange.dispatchedAt),
    page: exchange.isPage ? true : undefined,
    query_removed: exchange.queryRemoved
  })
}

/** Tenths of a millisecond are as exact as it gets. */
function rounded (ms: number): number {
  return Math.round(ms * 10) / 10
}
