// What this process has seen of each key on each route: when LangSmith last accepted it, and how often it has
// refused it since. Kept in memory only.

import type { History } from './diagnosis.ts'

/** Route prefix and version of the key. */
export interface Pair {
  readonly route: string
  readonly fingerprint: string
}

export interface HistoryKeeper {
  /** LangSmith accepted a call. */
  readonly accepted: (pair: Pair, write: boolean) => void
  /** LangSmith refused a call (401 or 403). @param ordinary - Its kind, if nearly all roles may make it. */
  readonly refused: (pair: Pair, ordinary: 'read' | 'write' | undefined) => void
  readonly of: (pair: Pair) => History
  /** The route leads elsewhere now. */
  readonly forget: (route: string) => void
}

interface Memory { readAt: number | undefined, writeAt: number | undefined, inARow: number, stoppedAt: number | undefined }

/** Pairs that are remembered; a config has few routes, and a key few versions. */
const MAX_PAIRS = 1000

const UNSEEN: Readonly<Memory> = { readAt: undefined, writeAt: undefined, inARow: 0, stoppedAt: undefined }

/** @param now - A clock that never goes back, in milliseconds. */
export function createHistory (now: () => number): HistoryKeeper {
  const records = new Map<string, Memory>()

  function recordOf (pair: Pair): Memory {
    const name = nameOf(pair)
    const known = records.get(name)
    if (known !== undefined) return known
    const [oldest] = records.keys()
    if (records.size >= MAX_PAIRS && oldest !== undefined) records.delete(oldest)
    const record: Memory = { ...UNSEEN }
    records.set(name, record)
    return record
  }

  return {
    accepted (pair, write) {
      const record = recordOf(pair)
      if (write) record.writeAt = now()
      else record.readAt = now()
      record.inARow = 0
      record.stoppedAt = undefined
    },
    refused (pair, ordinary) {
      const record = recordOf(pair)
      record.inARow++
      const workedAt = ordinary === undefined ? undefined : { read: record.readAt, write: record.writeAt }[ordinary]
      if (workedAt !== undefined) record.stoppedAt = now()
    },
    of (pair) {
      const { readAt, writeAt, inARow, stoppedAt } = records.get(nameOf(pair)) ?? UNSEEN
      return { readWorked: ago(readAt), writeWorked: ago(writeAt), inARow, stopped: ago(stoppedAt) }
    },
    forget (route) {
      for (const name of records.keys()) if (name.endsWith(` ${route}`)) records.delete(name)
    }
  }

  function ago (at: number | undefined): number | undefined {
    return at === undefined ? undefined : Math.round(now() - at)
  }
}

function nameOf ({ route, fingerprint }: Pair): string {
  return `${fingerprint} ${route}`
}
