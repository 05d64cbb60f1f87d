// The page POST /-/stop: asks for a clean end. Its answer begins at once and ends with the proxy, so that whoever
// asked knows what came of it.

import type { IncomingMessage, ServerResponse } from 'node:http'
import { TEXT_HEADERS } from './text-headers.ts'

export const STOP_PAGE = 'POST /-/stop'

/** How long somebody who does not read may hold the end up. */
const TOLD_MS = 500

export interface StopPage {
  readonly answer: (request: IncomingMessage, response: ServerResponse) => void
  /** Tells all who asked; by then nothing may listen any more. @param cut - How many requests were cut. */
  readonly tell: (cut: number) => Promise<void>
}

/** @param onStop - Called for each who asks. */
export function createStopPage (onStop: () => void): StopPage {
  const waiting = new Set<ServerResponse>()
  return {
    answer (request, response) {
      request.resume().socket.setTimeout(0) // the end may take longer than probes may
      waiting.add(response)
      response.once('close', () => { waiting.delete(response) })
      response.writeHead(200, TEXT_HEADERS).write('stopping\n')
      onStop()
    },
    async tell (cut) {
      const told = [...waiting].map((response) => new Promise((resolve) => {
        response.once('close', resolve).end(`stopped; ${cut === 0 ? 'no request was' : cut === 1 ? 'one request was' : `${cut} requests were`} cut\n`)
      }))
      if (told.length > 0) await Promise.race([Promise.all(told), new Promise((resolve) => { setTimeout(resolve, TOLD_MS).unref() })])
    }
  }
}
