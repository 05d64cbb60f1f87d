// One writer at a time: a lock file beside the file. Whoever was killed while holding it leaves it behind,
// so it says which process on which machine made it, and is broken when that one is gone.

import { randomUUID } from 'node:crypto'
import { open, readFile, rm, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { ProxyError } from '../../errors.ts'

/** What the lock must know of processes, which only main.ts and commands/ can see. */
export interface Processes {
  readonly ownPid: number
  readonly isRunning: (pid: number) => boolean
}

const PATIENCE_MS = 10_000
const PAUSE_MS = 50
/** A writer needs a few seconds, most of them for a passphrase. Of a process that we cannot see, only the age tells. */
const OLD_MS = 60_000
/** Killed between making the lock and writing into it. */
const EMPTY_MS = 5000

/**
 * Runs the work while nobody else does.
 *
 * @param path - Of the lock file; its folder exists.
 * @param shown - Names what is locked.
 * @param patience - How long to wait for another process, in milliseconds.
 * @returns What the work gives, and whether a lock that was left behind had to be broken.
 * @throws ProxyError `secret-unreadable` when another process has kept the lock all the time; errors of the system as they are.
 */
export async function withLock<Result> (path: string, shown: string, processes: Processes, work: () => Promise<Result>, patience = PATIENCE_MS): Promise<{ readonly result: Result, readonly broke: boolean }> {
  const mark = `${processes.ownPid} ${hostname()} ${randomUUID()}\n`
  const deadline = performance.now() + patience
  let broke = false
  while (!(await take(path, mark))) {
    const held = await readFile(path, 'utf8').catch(() => undefined)
    if (held !== undefined && await isStale(path, held, processes)) {
      // Read again: another waiter may have broken it and taken it for itself since.
      if (await readFile(path, 'utf8').catch(() => undefined) === held) await rm(path, { force: true })
      broke = true
      continue
    }
    if (performance.now() > deadline) {
      throw new ProxyError('secret-unreadable', `${shown} is being changed by another process`,
        { hint: `wait until it has ended; if there is none, remove ${path}` })
    }
    await delay(PAUSE_MS)
  }
  try {
    return { result: await work(), broke }
  } finally {
    if (await readFile(path, 'utf8').catch(() => undefined) === mark) await rm(path, { force: true })
  }
}

async function take (path: string, mark: string): Promise<boolean> {
  let file
  try {
    file = await open(path, 'wx', 0o600)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
  try {
    await file.writeFile(mark)
    return true
  } catch (error) {
    await rm(path, { force: true })
    throw error
  } finally {
    await file.close()
  }
}

async function isStale (path: string, held: string, { isRunning }: Processes): Promise<boolean> {
  const [, pid, host] = /^(\d+) (\S+) \S+\n$/.exec(held) ?? []
  if (pid !== undefined && host === hostname()) return !isRunning(Number(pid))
  const made = await stat(path).catch(() => undefined)
  return made !== undefined && Date.now() - made.mtimeMs > (held === '' ? EMPTY_MS : OLD_MS)
}
