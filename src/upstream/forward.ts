// Sends one request to its upstream and relays the answer. One request of a client is one request
// upstream; only a GET, HEAD or OPTIONS without body may be sent once more, when its connection broke
// before an answer: nearly always a kept-alive one that the upstream had closed already.

import type { IncomingMessage, ServerResponse } from 'node:http'
import { failureOf, isBrokenConnection, reasonOf } from './failures.ts'
import type { Connections } from './connections.ts'
import { Relay } from './relay.ts'
import { BodyError, RequestBody, takeWhole } from './request-body.ts'
import type { BodyLimits } from './request-body.ts'
import { UNDETERMINED } from './refusal-tap.ts'
import type { ExplainRefusal, Refused, RefusalTap } from './refusal-tap.ts'
import { sendDenial } from '../answer.ts'
import { describeFailure, HTTP_ERRORS } from '../errors.ts'
import type { Emit } from '../events.ts'
import { requestFields } from '../exchange.ts'
import type { Exchange } from '../exchange.ts'
import { descriptorsExhausted } from '../guard/descriptors.ts'
import type { Route } from '../routes/route.ts'
import type { Credential } from '../secrets/credential.ts'
import { keyMaskOf } from '../swap/key-mask.ts'
import { queryValues } from '../swap/query.ts'
import type { SwappedRequest } from '../swap/request.ts'

export interface ForwardOptions {
  readonly route: Route
  readonly connections: Connections
  readonly bodyLimits: BodyLimits
  readonly explain: ExplainRefusal
  /** The upstream has answered 429 to such a request. @param retryAfter - Seconds, where it has told. */
  readonly onTooMany: (method: string, path: string, retryAfter: number | undefined) => void
  readonly emit: Emit
}

/** A request after the swap, with the version of the credential that it carries. */
export interface Outgoing {
  readonly swapped: SwappedRequest
  readonly credential: Credential
}

/** Forwards one request; the answer, whatever it is, goes to `response`. */
export type Forward = (request: IncomingMessage, response: ServerResponse, exchange: Exchange, outgoing: Outgoing) => void

const REPEATABLE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Prepares forwarding for one route. */
export function createForward (options: ForwardOptions): Forward {
  const { route, connections, bodyLimits, explain, onTooMany, emit } = options

  return (request, response, exchange, outgoing) => {
    if (exchange.bodyLength === 0) {
      send(request, response, exchange, outgoing, null)
      return
    }
    queueMicrotask(() => { // by then Node has read on to the end of the packet
      try {
        send(request, response, exchange, outgoing, takeWhole(request, exchange) ?? new RequestBody(request, exchange, bodyLimits))
      } catch (error) { // here, because nobody above could catch it
        emit({ event: 'internal.failed', reqId: exchange.id, ...describeFailure(error) })
        sendDenial(request, response, exchange, { code: 'internal-error', detail: 'the proxy failed on this request' })
      }
    })
  }

  function send (request: IncomingMessage, response: ServerResponse, exchange: Exchange, { swapped, credential }: Outgoing, body: Buffer | RequestBody | null): void {
    const dispatched = {
      origin: route.upstream.origin, path: swapped.target, method: exchange.method, headers: swapped.headers, body
    }
    let triesLeft = body === null && REPEATABLE.has(exchange.method) ? 1 : 0
    exchange.dispatchedAt = performance.now()

    const relay = new Relay({
      exchange, request, response, route, credential, keyMask: keyMaskOf(route.credential, credential.apiKey),
      explain: (tap, done) => { explainSafely(tap, exchange, done) },
      asked: () => ({
        method: exchange.method,
        path: swapped.path,
        removed: swapped.removed,
        client: request.headers['user-agent'],
        privateValues: [...swapped.removedValues, ...queryValues(swapped.query)]
      }),
      onForeignRedirect (target) { emit({ event: 'redirect.foreign', ...requestFields(exchange), target }) },
      onTooMany (retryAfter) { onTooMany(exchange.method, swapped.path, retryAfter) },
      onFailure (error, connected) {
        if (triesLeft > 0 && connected && isBrokenConnection(error)) {
          triesLeft--
          emit({ event: 'upstream.retried', ...requestFields(exchange), reason: reasonOf(error) })
          connections.fresh.dispatch(dispatched, relay)
          return
        }
        if (body instanceof RequestBody) body.destroy() // undici leaves it as it is when there was no connection
        answerFailure(error, connected, request, response, exchange)
      }
    })
    connections.pooled.dispatch(dispatched, relay)
  }

  // A diagnosis that fails is a defect of ours; the answer goes out all the same.
  function explainSafely (tap: RefusalTap, exchange: Exchange, done: (code: string) => void): void {
    const failed = (error: unknown): string => {
      emit({ event: 'internal.failed', reqId: exchange.id, ...describeFailure(error) })
      return UNDETERMINED
    }
    const codeOf = (refused: Refused): string => {
      try { return explain(refused) } catch (error) { return failed(error) }
    }
    const refused = tap.finish()
    if (refused instanceof Promise) void refused.then(codeOf, failed).then(done)
    else done(codeOf(refused))
  }

  function answerFailure (error: unknown, connected: boolean, request: IncomingMessage, response: ServerResponse, exchange: Exchange): void {
    if (response.headersSent || response.destroyed || exchange.cut !== undefined) return
    if (error instanceof BodyError) {
      answerBodyError(error, request, response, exchange)
      return
    }
    const failure = failureOf(error, connected)
    const { code, reason, detail, hint = HTTP_ERRORS[code].hint } = failure
    if (code === 'overloaded') emit(descriptorsExhausted(reason)) // the upstream is not to blame
    else emit({ event: 'upstream.failed', ...requestFields(exchange), code, upstream: route.upstream.host, reason, detail, hint })
    sendDenial(request, response, exchange, failure)
  }
}

function answerBodyError ({ code }: BodyError, request: IncomingMessage, response: ServerResponse, exchange: Exchange): void {
  switch (code) {
    case 'CLIENT_LEFT':
      exchange.cut = { by: 'client', reason: code }
      response.destroy()
      return
    case 'CLIENT_STALLED':
      sendDenial(request, response, exchange, { code: 'request-timeout', detail: 'the body of the request stopped arriving' })
      return
    case 'BODY_TOO_LARGE':
      sendDenial(request, response, exchange, { code: 'body-too-large', detail: 'the request body is larger than listen.bodyLimit' })
  }
}
