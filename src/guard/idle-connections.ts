// Node takes a connection for idle from the moment its answer has ended, although megabytes of it may still wait for a
// slow reader, and cuts it when it closes idle ones. server.close() does that, too.

import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { OpenAnswers } from './open-answers.ts'

/**
 * From now on no connection is closed as idle while an ended answer waits to be read; ask again when that is out.
 * Meanwhile idle ones stay, as only Node knows on which of them a request has begun.
 *
 * @param open - All connections of the server; live.
 */
export function spareUnread (server: Server, open: ReadonlySet<Socket>, openAnswers: OpenAnswers): void {
  const closeIdle = server.closeIdleConnections.bind(server)
  server.closeIdleConnections = () => {
    const isUnread = [...open].some((socket) => openAnswers(socket).some(({ writableEnded }) => writableEnded))
    if (!isUnread) closeIdle()
  }
}
