// Asks the proxy that runs on this machine, if one does, what LangSmith has refused lately. Whoever listens there wrote
// the answer: its form is checked, and its size bounded.

import { request } from 'node:http'
import { mainAddress } from '../own-address.ts'
import type { OwnAddress } from '../own-address.ts'
import type { Config } from '../../config/config.ts'
import { MARKER_HEADER } from '../../answer.ts'
import type { Explained } from '../../observe/refusal-lines.ts'

export interface PastRefusal extends Explained {
  readonly time: string
  readonly count: number
  readonly status?: number | undefined
}

export interface PastRefusals {
  /** Where a proxy was looked for. */
  readonly proxy: string
  readonly running: boolean
  /** Of this route, newest first. */
  readonly refusals: readonly PastRefusal[]
}

const ANSWER_MS = 1000
const MAX_BYTES = 4 * 1024 * 1024
/** Older ones say nothing new. */
const MOST_SHOWN = 5

/** Takes a second at most and never rejects. @param prefix - Of the route. */
export async function pastRefusals (listen: Pick<Config['listen'], 'host' | 'port' | 'socket'>, prefix: string): Promise<PastRefusals | undefined> {
  const address = mainAddress(listen)
  if (address === undefined) return undefined
  const { shown: proxy } = address
  const text = await read(address)
  if (text === undefined) return { proxy, running: false, refusals: [] }
  return { proxy, running: true, refusals: entriesOf(text).filter(isPastRefusal).filter(({ route }) => route === prefix).slice(0, MOST_SHOWN) }
}

function read ({ request: asking }: OwnAddress): Promise<string | undefined> {
  return new Promise((resolve) => {
    const options = { ...asking, path: '/-/refusals', headers: { ...asking.headers, accept: 'application/json' }, agent: false, signal: AbortSignal.timeout(ANSWER_MS) }
    const asked = request(options, (response) => {
      const pieces: Buffer[] = []
      let size = 0
      response.on('data', (piece: Buffer) => {
        pieces.push(piece)
        size += piece.length
        if (size > MAX_BYTES) response.destroy()
      })
      response.once('close', () => { resolve(response.headers[MARKER_HEADER] === undefined || !response.complete ? undefined : Buffer.concat(pieces).toString()) })
      response.on('error', () => {}) // close follows
    })
    asked.once('error', () => { resolve(undefined) })
    asked.end()
  })
}

function entriesOf (text: string): readonly unknown[] {
  try {
    const { refusals } = JSON.parse(text) as { refusals?: unknown }
    return Array.isArray(refusals) ? refusals : []
  } catch {
    return [] // an older version, which has no such page
  }
}

const TEXTS = ['time', 'method', 'path', 'route', 'credential', 'secret_ref', 'fingerprint'] as const

function isPastRefusal (entry: unknown): entry is PastRefusal {
  if (!isObject(entry) || !isObject(entry.diagnosis) || !Array.isArray(entry.diagnosis.causes)) return false
  return TEXTS.every((name) => typeof entry[name] === 'string') && typeof entry.count === 'number'
    && ['undefined', 'string'].includes(typeof entry.excerpt) && ['undefined', 'string'].includes(typeof entry.region) && ['undefined', 'number'].includes(typeof entry.status)
    && areTexts(entry.diagnosis, ['code', 'summary']) && entry.diagnosis.causes.every((cause: unknown) => isObject(cause) && areTexts(cause, ['code', 'confidence', 'summary', 'fix']))
}

function isObject (value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function areTexts (value: Readonly<Record<string, unknown>>, names: readonly string[]): boolean {
  return names.every((name) => typeof value[name] === 'string')
}
