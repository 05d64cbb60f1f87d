// Reads a stream of server-sent events as a browser does (https://html.spec.whatwg.org/multipage/server-sent-events.html).

import { get } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'

const PATIENCE_MS = 20_000

export interface ServerEvent { readonly name: string, readonly data: string }

export interface EventReader {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  /** All events so far; live. */
  readonly events: readonly ServerEvent[]
  /** All that was received, as it came. */
  readonly text: () => string
  readonly hasEnded: () => boolean
  /** Waits for a value. @throws Error with what was received after 20 seconds. */
  readonly until: <Found>(what: string, condition: (events: readonly ServerEvent[]) => Found | undefined | false) => Promise<Found>
  readonly leave: () => void
}

/** Opens a stream; it is left when the test ends. */
export async function readEvents (t: Pick<Test, 'teardown'>, url: string, headers: Readonly<Record<string, string>> = {}): Promise<EventReader> {
  const events: ServerEvent[] = []
  let text = ''
  let hasEnded = false
  const request = get(url, { headers: { accept: 'text/event-stream', ...headers }, agent: false })
  t.teardown(() => { request.destroy() })
  const response = await new Promise<IncomingMessage>((resolve, reject) => { request.once('response', resolve).on('error', reject) })
  response.setEncoding('utf8').on('data', (piece: string) => {
    text += piece
    const blocks = text.split('\n\n').slice(0, -1)
    events.splice(0, events.length, ...blocks.flatMap(eventIn))
  }).on('close', () => { hasEnded = true }).on('error', () => { hasEnded = true })
  return {
    status: response.statusCode ?? 0, headers: response.headers, events,
    text: () => text,
    hasEnded: () => hasEnded,
    leave: () => { request.destroy() },
    async until (what, condition) {
      const deadline = performance.now() + PATIENCE_MS
      for (;;) {
        const found = condition(events)
        if (found !== undefined && found !== false) return found
        if (performance.now() > deadline) throw new Error(`waited in vain for ${what}\n${text.slice(-4000)}`)
        await delay(10)
      }
    }
  }
}

function eventIn (block: string): readonly ServerEvent[] {
  const [, name, data] = /^event: (\w+)\ndata: (.*)$/.exec(block) ?? []
  return name === undefined || data === undefined ? [] : [{ name, data }]
}
