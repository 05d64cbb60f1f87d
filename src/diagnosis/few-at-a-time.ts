// Lets only some pieces of work run at the same time; the others wait in their order.

export type FewAtATime = <Result>(work: () => Promise<Result>) => Promise<Result>

/** @param most - From 1. */
export function fewAtATime (most: number): FewAtATime {
  let free = most
  const waiting: (() => void)[] = []
  return async (work) => {
    if (free > 0) free--
    else await new Promise<void>((resolve) => { waiting.push(resolve) })
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) free++
      else next()
    }
  }
}
