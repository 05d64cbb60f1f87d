// The page /-/changes: server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html) with the parts of
// the dashboard, all at the beginning, then once a second those that have changed. Nothing waits for a slow reader: it
// gets the newest state when it can take it again.

import type { ServerResponse } from 'node:http'
import type { Parts } from './parts.ts'
import { MARKER_HEADER } from '../../answer.ts'
import type { Denial } from '../../exchange.ts'
import type { RecentRefusals } from '../../observe/recent-refusals.ts'
import type { Traffic } from '../../observe/traffic.ts'

const TICK_MS = 1000
/** Without a word for this long, proxies in between might end the connection. */
const SILENT_TICKS = 15
/** Who reads nothing for this long has gone. */
const BLOCKED_TICKS = 60
/** After this a viewer comes again, and is judged again: a key may have ended, a proxy's own pipeline may want to close. */
const MOST_TICKS = 300
/** Who has been told of the end and has still not read all that came before. */
const END_MS = 1000
/** Each is a request under way, and costs a few copies of the state. */
export const MOST_VIEWERS = 20

const HEADERS = {
  'content-type': 'text/event-stream', [MARKER_HEADER]: 'proxy', 'x-content-type-options': 'nosniff', 'cache-control': 'no-store',
  'x-accel-buffering': 'no' // nginx would wait for more
} as const

export interface StreamSources {
  readonly whole: () => Pick<Parts, 'proxy' | 'routes' | 'team'>
  readonly traffic: Pick<Traffic, 'since'>
  readonly refusals: Pick<RecentRefusals, 'changedSince'>
  readonly isStopping: () => boolean
  /** Milliseconds since 1970. */
  readonly now: () => number
}

export interface Stream {
  /** Begins an answer that goes on until the viewer leaves or all are ended. @returns Why not. */
  readonly open: (response: ServerResponse) => Denial | undefined
  /** The page comes again at once, and is judged again. */
  readonly endAll: () => void
}

interface Viewer {
  readonly response: ServerResponse
  /** JSON by the name of the part. */
  readonly sent: Map<string, string>
  /** Seconds since 1970: where the last step that was sent begins. */
  lastStep: number
  lastChange: number
  ticks: number
  silent: number
  blocked: number
}

export function createStream ({ whole, traffic, refusals, isStopping, now }: StreamSources): Stream {
  const viewers = new Set<Viewer>()
  let timer: NodeJS.Timeout | undefined
  /** Most viewers have been told the same, and hundreds of refusals take a while to be masked. */
  let sameRefusals: { readonly after: number, readonly change: number, readonly json: string } | undefined

  function tick (): void {
    const parts = partsNow()
    for (const viewer of viewers) {
      if (++viewer.ticks > MOST_TICKS) end(viewer)
      else if (viewer.response.writableNeedDrain) waitFor(viewer)
      else send(viewer, parts)
    }
  }

  function waitFor (viewer: Viewer): void {
    if (++viewer.blocked > BLOCKED_TICKS) viewer.response.destroy()
  }

  /** Nobody waits for it any more: neither the next tick, which could write after the end, nor a proxy that is to stop. */
  function end (viewer: Viewer): void {
    forget(viewer)
    viewer.response.end()
    setTimeout(() => { viewer.response.destroy() }, END_MS).unref()
  }

  function forget (viewer: Viewer): void {
    viewers.delete(viewer)
    if (viewers.size > 0) return
    clearInterval(timer)
    timer = undefined
  }

  /** As JSON, once for all viewers. */
  function partsNow (): readonly (readonly [name: string, json: string])[] {
    sameRefusals = undefined
    return Object.entries(whole()).map(([name, part]) => [name, JSON.stringify(part)])
  }

  function send (viewer: Viewer, parts: readonly (readonly [name: string, json: string])[]): void {
    let text = ''
    for (const [name, json] of parts) {
      if (viewer.sent.get(name) === json) continue
      viewer.sent.set(name, json)
      text += eventOf(name, json)
    }
    text += changedTraffic(viewer) + changedRefusals(viewer)
    viewer.blocked = 0
    viewer.silent++
    if (text === '' && viewer.silent < SILENT_TICKS) return
    viewer.silent = 0
    viewer.response.write(text === '' ? ':\n\n' : text)
  }

  function changedTraffic (viewer: Viewer): string {
    const steps = traffic.since(viewer.lastStep)
    const json = JSON.stringify(steps)
    if (viewer.sent.get('traffic') === json) return ''
    viewer.lastStep = steps.at(-1)?.at ?? 0
    viewer.sent.set('traffic', JSON.stringify(steps.slice(-1))) // what will be asked for next
    return eventOf('traffic', json)
  }

  function changedRefusals (viewer: Viewer): string {
    if (sameRefusals?.after !== viewer.lastChange) {
      const { change, refusals: changed } = refusals.changedSince(viewer.lastChange)
      sameRefusals = { after: viewer.lastChange, change, json: JSON.stringify(changed) }
    }
    const { change, json } = sameRefusals
    if (json === '[]' && viewer.sent.has('refusals')) return ''
    viewer.lastChange = change
    viewer.sent.set('refusals', '')
    return eventOf('refusals', json)
  }

  return {
    open (response) {
      if (isStopping()) return { code: 'draining', detail: 'the proxy is stopping' }
      if (viewers.size >= MOST_VIEWERS) return { code: 'overloaded', detail: `the dashboard is open ${MOST_VIEWERS} times`, hint: 'close some of its tabs' }
      const viewer: Viewer = { response, sent: new Map(), lastStep: 0, lastChange: 0, ticks: 0, silent: 0, blocked: 0 }
      viewers.add(viewer)
      timer ??= setInterval(tick, TICK_MS).unref()
      response.once('close', () => { forget(viewer) })
      response.writeHead(200, HEADERS).write(`retry: 1000\n\n${eventOf('clock', JSON.stringify({ now: new Date(now()).toISOString() } satisfies Parts['clock']))}`)
      send(viewer, partsNow())
      return undefined
    },
    endAll () { for (const viewer of viewers) end(viewer) }
  }
}

function eventOf (name: string, json: string): string {
  return `event: ${name}\ndata: ${json}\n\n` // JSON has no line breaks
}
