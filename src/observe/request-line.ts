// One request in fixed columns: status, duration, path, and behind it which key it carried, who sent it, and what is unusual.

import { bytesInWords, timeInWords } from './amounts.ts'
import type { Color, Paint } from './paint.ts'
import { visible } from './visible.ts'

/** What there is of it; a denial has no duration yet. */
export interface ShownRequest {
  readonly status: number | 'cut'
  readonly duration: number | undefined
  readonly path: string
  readonly credential?: string | undefined
  readonly client?: string | undefined
  /** What is unusual about it. */
  readonly notes: readonly string[]
}

const DURATION = 7
/** What the path gets, and what is kept free behind it where there is room. */
const PATH = { least: 24, most: 60, behind: 20 } as const
const GAP = 2
/** Bytes one way, and milliseconds of waiting, that are worth a word. */
const MUCH = 1024 ** 2
const LONG_MS = 1000

/** @param room - Characters; undefined for no limit. */
export function requestLine ({ status, duration, path, credential, client, notes }: ShownRequest, room: number | undefined, paint: Paint): string {
  const before = `${status}  ${(duration === undefined ? '' : timeInWords(duration)).padStart(DURATION)}  `
  const behind = [...credential === undefined ? [] : [credential], ...client === undefined ? [] : [`by ${client}`], ...notes].map(visible).join('  ')
  const left = room === undefined ? Infinity : room - before.length
  const free = left - (behind === '' ? 0 : behind.length + GAP)
  const shown = shortened(visible(path), Math.max(PATH.least, free))
  const column = Math.min(PATH.most, left - PATH.behind, free)
  const gap = behind === '' ? '' : ' '.repeat(Math.max(0, column - shown.length) + GAP)
  return `${paint(colorOf(status), String(status))}${before.slice(String(status).length)}${shown}${gap}${paint('gray', behind)}`
}

/** What is unusual about a request that was answered. */
export function notesOf ({ source, code, bytes_in: sent, bytes_out: received, waited_ms: waited = 0 }: { readonly source: string, readonly code?: string | undefined, readonly bytes_in: number, readonly bytes_out: number, readonly waited_ms?: number | undefined }): readonly string[] {
  return [
    ...source === 'proxy' ? [code === undefined ? 'proxy' : `proxy: ${code}`] : [],
    ...waited >= LONG_MS ? [`waited ${timeInWords(waited)}`] : [],
    ...sent >= MUCH ? [`sent ${bytesInWords(sent)}`] : [],
    ...received >= MUCH ? [`got ${bytesInWords(received)}`] : []
  ]
}

function colorOf (status: number | 'cut'): Color {
  if (status === 'cut' || status >= 500) return 'red'
  if (status >= 400) return 'yellow'
  return status >= 300 ? 'cyan' : 'green'
}

/** Cut in the middle: the beginning tells the route, the end what is asked for. */
function shortened (path: string, most: number): string {
  if (path.length <= most) return path
  const end = Math.ceil((most - 1) / 2)
  return `${path.slice(0, most - 1 - end)}…${path.slice(-end)}`
}
