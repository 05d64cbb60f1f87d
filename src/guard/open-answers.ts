// Which answers are under way on a connection. Whoever writes to a bare socket must know: with
// pipelining there may be several, and bytes between them would be taken for a part of one.

import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

/** The answers on a connection that are not out yet, oldest first. */
export type OpenAnswers = (socket: Duplex) => readonly ServerResponse[]

export function trackAnswers (server: Server): OpenAnswers {
  const open = new WeakMap<Duplex, Set<ServerResponse>>()
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const answers = open.get(socket) ?? new Set()
    open.set(socket, answers.add(response))
    response.once('close', () => { answers.delete(response) })
  })
  return (socket) => [...open.get(socket) ?? []]
}
