// Keeps a log readable while a broken key is used thousands of times: the first refusals of a kind
// in full, then a count.

/** Refusals of one kind that are logged in full. */
export const LOGGED_IN_FULL = 5
/** Between two lines with a count, in milliseconds. */
export const COUNT_EVERY_MS = 60_000
/** Kinds that are remembered. Config and rules allow far fewer; this only makes sure that memory cannot grow. */
const MAX_KINDS = 1000
/** Words that are told apart within a code; a request ID in them would make each a kind of its own. */
const MAX_WORDS = 3

/** Refusals that were counted and not yet told. */
export interface Repeated {
  readonly credential: string
  readonly code: string
  readonly count: number
}

export interface RefusalLimiter {
  /**
   * `log` = write it in full; `repeated` = write the count of refusals since the last line, this one included; undefined = counted, write nothing.
   *
   * @param words - What LangSmith said, where the code is a general one: other words may have another cause.
   */
  readonly admit: (credential: string, code: string, words?: string) => 'log' | { readonly repeated: number } | undefined
  /** LangSmith accepted this credential: its next refusal is news again. Gives back what was counted and not told. */
  readonly succeeded: (credential: string) => readonly Repeated[]
  /** What was counted and not told for at least this many milliseconds (0 for all); counts from zero afterwards. */
  readonly flush: (quietFor: number) => readonly Repeated[]
}

interface Kind { readonly credential: string, readonly code: string, readonly words: string, logged: number, count: number, lastLineAt: number, lastSeenAt: number }

const NOTHING: readonly Repeated[] = []

/**
 * @param now - A clock that never goes back, in milliseconds, such as `performance.now`.
 * @param newsAfter - Milliseconds without one of its kind after which a refusal is news again, even without a success.
 */
export function createRefusalLimiter (now: () => number, newsAfter = Infinity): RefusalLimiter {
  const kinds = new Map<string, Kind>()

  function kindOf (credential: string, code: string, words: string): Kind {
    const key = `${credential}\n${code}\n${words}` // no name and no code holds a line break
    const known = kinds.get(key)
    if (known !== undefined) return known
    const others = [...kinds.values()].filter((kind) => kind.credential === credential && kind.code === code && kind.words !== '')
    if (words !== '' && others.length >= MAX_WORDS) return kindOf(credential, code, '')
    const [oldest] = kinds.keys()
    if (kinds.size >= MAX_KINDS && oldest !== undefined) kinds.delete(oldest)
    const kind = { credential, code, words, logged: 0, count: 0, lastLineAt: 0, lastSeenAt: now() }
    kinds.set(key, kind)
    return kind
  }

  return {
    admit: (credential, code, words = '') => {
      const kind = kindOf(credential, code, words)
      if (now() - kind.lastSeenAt >= newsAfter) kind.logged = 0
      kind.lastSeenAt = now()
      if (kind.logged < LOGGED_IN_FULL) {
        kind.logged += 1
        kind.lastLineAt = now()
        return 'log'
      }
      kind.count += 1
      if (now() - kind.lastLineAt < COUNT_EVERY_MS) return undefined
      const repeated = kind.count
      kind.count = 0
      kind.lastLineAt = now()
      return { repeated }
    },
    succeeded: (credential) => {
      // Called for every accepted request, nearly always with nothing to forget.
      if (kinds.size === 0) return NOTHING
      const forgotten = [...kinds].filter(([, kind]) => kind.credential === credential)
      for (const [key] of forgotten) kinds.delete(key)
      return untold(forgotten.map(([, kind]) => kind))
    },
    flush: (quietFor) => {
      const due = [...kinds.values()].filter(({ lastLineAt }) => now() - lastLineAt >= quietFor)
      const pending = untold(due)
      for (const kind of due) {
        if (kind.count > 0) kind.lastLineAt = now()
        kind.count = 0
      }
      return pending
    }
  }
}

function untold (kinds: readonly Kind[]): readonly Repeated[] {
  const sums = new Map<string, Repeated>()
  for (const { credential, code, count } of kinds) {
    if (count === 0) continue
    const key = JSON.stringify([credential, code])
    sums.set(key, { credential, code, count: count + (sums.get(key)?.count ?? 0) })
  }
  return [...sums.values()]
}
