// Asks the proxy that runs on this machine, if one does, what LangSmith has refused lately. Whoever listens there wrote
// the answer: its form is checked, and its size bounded.

import type { Explained } from '../../observe/refusal-lines.ts'
import { mainAddress } from '../own-address.ts'
import { readOwnPage } from '../own-page.ts'

export interface PastRefusal extends Explained {
  readonly time: string
  readonly count: number
  readonly status?: number | undefined
}

export interface PastRefusals {
  /** Where a proxy was looked for. */
  readonly proxy: string
  readonly running: boolean
  /** It tells that to admins only. */
  readonly closed: boolean
  /** Of this route, newest first. */
  readonly refusals: readonly PastRefusal[]
}

/** Older ones say nothing new. */
const MOST_SHOWN = 5

/** Takes a second at most and never rejects. @param prefix - Of the route. */
export async function pastRefusals (listen: Parameters<typeof mainAddress>[0], prefix: string): Promise<PastRefusals | undefined> {
  const address = mainAddress(listen)
  if (address === undefined) return undefined
  const { shown: proxy } = address
  const page = await readOwnPage(address, '/-/refusals')
  if (page === undefined) return { proxy, running: false, closed: false, refusals: [] }
  const closed = page.status === 401 || page.status === 403
  return { proxy, running: true, closed, refusals: entriesOf(page.text).filter(isPastRefusal).filter(({ route }) => route === prefix).slice(0, MOST_SHOWN) }
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
