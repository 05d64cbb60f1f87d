// Which answers are under way on a connection. Whoever writes to a bare socket must know: with
// pipelining there may be several, and bytes between them would be taken for a part of one.
//
// Arrays, not sets: when entries come and go, V8 makes a new table now and then, and the old one points to it. An
// old table that has reached the old generation keeps all later ones alive, with all requests that were in them, until a
// full collection (docs/performance.md).

import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

/** The answers on a connection that are not out yet, oldest first. */
export type OpenAnswers = (socket: Duplex) => readonly ServerResponse[]

const NONE: readonly ServerResponse[] = []

export function trackAnswers (server: Server): OpenAnswers {
  const open = new WeakMap<Duplex, ServerResponse[]>()
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const answers = open.get(socket) ?? []
    if (answers.push(response) === 1) open.set(socket, answers)
    response.on('close', () => { answers.splice(answers.indexOf(response), 1) })
  })
  return (socket) => open.get(socket)?.slice() ?? NONE
}
