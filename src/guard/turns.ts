// Requests that a client sends without waiting for answers (pipelining) are taken one after another. Sent on
// at once, a later one could overtake a POST before it (RFC 9112, section 9.3.2); and what follows an answer
// that ends the connection, or bytes that are no request, must not be served at all (section 9.6).

import type { RequestListener } from 'node:http'
import type { Duplex } from 'node:stream'
import type { OpenAnswers } from './open-answers.ts'

export interface Turns {
  /** Handles a request once those before it on its connection have their answers, unless one of these was the last. */
  readonly take: RequestListener
  /** Calls back once the whole requests before the fault of a connection have their answers, at most once; a broken one is not handled any more. */
  readonly afterWhole: (socket: Duplex, refuse: () => void) => void
}

export interface TurnsOptions {
  /** As they were before the request that is taken. */
  readonly openAnswers: OpenAnswers
  /** How many may wait on all connections together. */
  readonly most: () => number
  readonly handle: RequestListener
  /** Hears of a connection before it is cut because too many requests wait on it, or on all of them. */
  readonly onTooMany: (socket: Duplex) => void
}

/** How many may wait on one connection: each costs its head. Clients that pipeline wait for few. */
const MAX_WAITING = 32

export function takeTurns ({ openAnswers, most, handle, onTooMany }: TurnsOptions): Turns {
  const broken = new WeakSet<Duplex>()
  const waiting = new Map<Duplex, number>()
  let inAll = 0

  function wait (socket: Duplex): void {
    inAll++
    if (!waiting.has(socket)) {
      socket.once('close', () => { // the answers of those behind the next one never close
        inAll -= waiting.get(socket) ?? 0
        waiting.delete(socket)
      })
    }
    waiting.set(socket, (waiting.get(socket) ?? 0) + 1)
  }

  function waitNoMore (socket: Duplex): void {
    const left = waiting.get(socket)
    if (left === undefined) return // closed
    inAll--
    waiting.set(socket, left - 1)
  }

  return {
    take (request, response) {
      const { socket } = request
      const before = openAnswers(socket)
      const last = before.at(-1)
      if (last === undefined) {
        handle(request, response)
        return
      }
      if (socket.destroyed) return // what is left of the packet of a connection that was closed
      wait(socket)
      if (before.length > MAX_WAITING || inAll > most()) {
        onTooMany(socket)
        socket.destroy()
        return
      }
      last.once('close', () => {
        waitNoMore(socket)
        if (socket.writable && (request.complete || !broken.has(socket))) handle(request, response)
      })
    },
    afterWhole (socket, refuse) {
      const last = openAnswers(socket).filter(({ req }) => req.complete).at(-1)
      if (last === undefined) refuse()
      else if (!broken.has(socket)) last.once('close', () => { if (socket.writable) refuse() })
      broken.add(socket)
    }
  }
}
