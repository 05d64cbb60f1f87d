// The last gates before a request goes upstream: the limits of its client, its turn among the clients of the key, the
// credential. Here it may have to wait; Fastify has let go of it by then.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Connections } from './connections.ts'
import type { Forward } from './forward.ts'
import type { ClientLimits } from '../access/limits/client-limits.ts'
import { sendDenial } from '../answer.ts'
import { isLoopback, networkOf } from '../config/addresses.ts'
import { describeFailure } from '../errors.ts'
import type { Emit } from '../events.ts'
import type { Denial, Exchange } from '../exchange.ts'
import { budgetOf } from '../pacing/budget-of.ts'
import type { Pacer, Wait } from '../pacing/pacer.ts'
import type { Route } from '../routes/route.ts'
import { swapRequest } from '../swap/request.ts'

/** A route and the connections that its requests take. */
export interface Way {
  readonly route: Route
  /** Undefined where requests go at once. */
  readonly pacer?: Pacer | undefined
  readonly connections: Connections
}

export interface DepartureOptions {
  readonly admit: ClientLimits['admit']
  readonly hopId: string
  readonly emit: Emit
}

/** A request that has a route and may take it. */
export interface Departing {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly exchange: Exchange
  readonly way: Way
  /** The path that is forwarded. */
  readonly path: string
  readonly forward: Forward
}

/** Sends requests on, at once where nothing has to be waited for. */
export function createDeparture ({ admit, hopId, emit }: DepartureOptions): (departing: Departing) => void {
  function limit (departing: Departing): void {
    const { exchange, response } = departing
    const admission = admit(exchange.client, response)
    if (!(admission instanceof Promise)) {
      goOn(departing, admission, takeTurn)
      return
    }
    admission.then((denial) => { goOn(departing, denial, takeTurn) }).catch((error: unknown) => { fail(departing, error) })
  }

  function takeTurn (departing: Departing): void {
    const { exchange, path, way: { route, pacer } } = departing
    const pace = pacer?.pace(spenderOf(exchange), budgetOf(exchange.method, path.slice(route.upstream.basePath.length))) ?? 'go'
    if (pace === 'go') send(departing)
    else if ('code' in pace) goOn(departing, pace, send)
    else waitFor(departing, pace)
  }

  function waitFor (departing: Departing, wait: Wait): void {
    const { response, exchange } = departing
    const begun = performance.now()
    response.once('close', wait.leave)
    wait.start((denial) => {
      exchange.waited = performance.now() - begun
      response.off('close', wait.leave)
      try {
        goOn(departing, denial, send)
      } catch (error) { // here, because nobody above could catch it
        fail(departing, error)
      }
    })
  }

  function goOn (departing: Departing, denial: Denial | undefined, next: (departing: Departing) => void): void {
    const { request, response, exchange } = departing
    if (response.destroyed) return // the caller left meanwhile
    if (denial === undefined) next(departing)
    else sendDenial(request, response, exchange, denial)
  }

  function send (departing: Departing): void {
    const { request, response, exchange, way: { route }, path, forward } = departing
    const credential = route.credential.current // one version for the whole request, whatever changes meanwhile
    if (credential === undefined) {
      denyForKey(departing)
      return
    }
    exchange.fingerprint = credential.apiKey.fingerprint
    const swapped = swapRequest(route, credential, path, exchange.target, request.rawHeaders, hopId)
    if (swapped.queryRemoved.length > 0) exchange.queryRemoved = swapped.queryRemoved
    forward(request, response, exchange, { swapped, credential })
  }

  function denyForKey ({ request, response, exchange, way: { route } }: Departing): void {
    sendDenial(request, response, exchange, { code: 'credential-unavailable', detail: `the key of credential "${route.credential.name}" could not be read yet` })
  }

  function fail ({ request, response, exchange }: Departing, error: unknown): void {
    emit({ event: 'internal.failed', reqId: exchange.id, ...describeFailure(error) })
    if (!response.headersSent) sendDenial(request, response, exchange, { code: 'internal-error', detail: 'the proxy failed on this request' })
  }

  return (departing) => {
    try {
      if (departing.way.route.credential.current === undefined) denyForKey(departing) // before it costs its client anything
      else limit(departing)
    } catch (error) { // Fastify has let go of it, and would say nothing
      fail(departing, error)
    }
  }
}

/** Whose turn it is by: the client, or where it comes from. A tool may reach `localhost` as 127.0.0.1 and as ::1, and is one client even so. */
function spenderOf ({ client, caller: { address } }: Exchange): string {
  return client ?? (address === undefined || isLoopback(address) ? 'local' : networkOf(address))
}
