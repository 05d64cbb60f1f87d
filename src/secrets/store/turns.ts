// One call at a time, each with a time limit. A native call cannot be taken back and keeps its thread, of
// which a process has four for all its files and names: a second one while the first hangs would cost one more.

/**
 * @returns A function that runs the work when all earlier work has ended, and throws what `late` makes when both
 *          together take longer than the limit (milliseconds). Work that is late before its turn does not run.
 */
export function createTurns (): <Result>(work: () => Promise<Result>, limit: number, late: () => Error) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve()
  return async (work, limit, late) => {
    let isLate = false
    const turn = last.then(async () => {
      if (isLate) throw late()
      return work()
    })
    last = turn.catch(() => {})
    let timer: NodeJS.Timeout | undefined
    const limited = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        isLate = true
        reject(late())
      }, limit)
    })
    try {
      return await Promise.race([turn, limited])
    } finally {
      clearTimeout(timer)
    }
  }
}
