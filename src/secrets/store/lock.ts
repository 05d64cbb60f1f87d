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
/** No process holds the lock for so long, not even while a person looks for a passphrase: that is asked before. */
const REUSED_MS = 10 * 60_000
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
    if (await isStale(path, processes) && await breakStale(path, processes)) {
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

/**
 * Removes a lock that was left behind. One waiter at a time, and each looks again: between its look and its hand
 * another may have broken the lock and taken a new one.
 */
async function breakStale (path: string, processes: Processes): Promise<boolean> {
  const right = `${path}.break`
  try {
    await (await open(right, 'wx', 0o600)).close()
  } catch {
    if (await ageOf(right) > EMPTY_MS) await rm(right, { force: true }) // whoever had it was killed
    return false
  }
  try {
    if (!await isStale(path, processes)) return false
    await rm(path, { force: true })
    return true
  } finally {
    await rm(right, { force: true })
  }
}

async function isStale (path: string, { ownPid, isRunning }: Processes): Promise<boolean> {
  const held = await readFile(path, 'utf8').catch(() => undefined)
  if (held === undefined) return false
  const [, pid, host] = /^(\d+) (\S+) \S+\n$/.exec(held) ?? []
  if (pid === undefined || host !== hostname()) return await ageOf(path) > (held === '' ? EMPTY_MS : OLD_MS)
  // Our own number on an old lock: another process had it before us, as number 1 of a container that is gone.
  return isRunning(Number(pid)) ? Number(pid) === ownPid && await ageOf(path) > REUSED_MS : true
}

/** In milliseconds; 0 for what is not there any more. */
async function ageOf (path: string): Promise<number> {
  const made = await stat(path).catch(() => undefined)
  return made === undefined ? 0 : Date.now() - made.mtimeMs
}
