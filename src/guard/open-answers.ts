// Which answers are under way on a connection. Whoever writes to a bare socket must know: with
// pipelining there may be several, and bytes between them would be taken for a part of one.

import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

/** The answers on a connection that are not out yet, oldest first. */
export type OpenAnswers = (socket: Duplex) => readonly ServerResponse[]

/** Clients that pipeline wait for few answers at once. Node stops reading when many wait, and would not see the client leave. */
const MAX_WAITING = 32

export function trackAnswers (server: Server): OpenAnswers {
  const open = new WeakMap<Duplex, Set<ServerResponse>>()
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const answers = open.get(socket) ?? new Set()
    if (!open.has(socket)) socket.once('close', () => { for (const answer of answers) closeWaiting(answer) })
    open.set(socket, answers.add(response))
    response.once('close', () => { answers.delete(response) })
    if (answers.size > MAX_WAITING) socket.destroy()
  })
  return (socket) => [...open.get(socket) ?? []]
}

// node:http tells only the answer whose turn it is that its connection is gone. Those that wait for their
// turn behind it would never end: their upstream requests would go on, and a drain would wait for them.
function closeWaiting (answer: ServerResponse): void {
  if (answer.socket !== null || answer.writableFinished) return
  answer.destroy()
  answer.emit('close')
}
