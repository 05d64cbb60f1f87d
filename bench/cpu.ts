// CPU time and memory of a process and all that it started, as Linux tells it. proc(5):
// https://man7.org/linux/man-pages/man5/proc.5.html

import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

export interface ProcessStat {
  readonly parent: number
  /** User and system time of the process, and of its ended and waited-for children, in clock ticks. */
  readonly ticks: number
}

const KIB_IN_MIB = 1024
let ticksInSecond: number | undefined

/** @param text - Of /proc/PID/stat. The name, second field, may hold spaces and parentheses; what follows its last one is plain. */
export function parseStat (text: string): ProcessStat {
  const fields = text.slice(text.lastIndexOf(')') + 2).trim().split(' ').map(Number)
  return { parent: fields[1] ?? NaN, ticks: fields.slice(11, 15).reduce((sum, time) => sum + time, 0) } // fields 4, and 14 to 17, of the page
}

/** @param text - Of /proc/PID/status. @param name - `VmRSS` (now) or `VmHWM` (highest). @returns MiB; 0 for a process without memory of its own. */
export function parseMemory (text: string, name: 'VmRSS' | 'VmHWM'): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? 0) / KIB_IN_MIB
}

/** The process and its descendants. @param parents - Of every process. */
export function treeOf (root: number, parents: ReadonlyMap<number, number>): readonly number[] {
  const found = [root]
  for (const at of found) found.push(...[...parents].filter(([, parent]) => parent === at).map(([pid]) => pid))
  return found
}

/** Microseconds of CPU that a process tree has used so far. */
export function cpuMicros (pid: number): number {
  ticksInSecond ??= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))
  const stats = allStats()
  const ticks = tree(pid, stats).reduce((sum, each) => sum + (stats.get(each)?.ticks ?? 0), 0)
  return ticks / ticksInSecond * 1e6
}

/** MiB that a process tree has in memory. */
export function residentMiB (pid: number): number {
  return memoryOf(pid, 'VmRSS')
}

/** Most MiB that a process tree had in memory since forgetPeak(). */
export function peakMiB (pid: number): number {
  return memoryOf(pid, 'VmHWM')
}

/** From here on the peak counts anew (proc(5), clear_refs: 5). */
export function forgetPeak (pid: number): void {
  for (const each of tree(pid, allStats())) writeFileSync(`/proc/${each}/clear_refs`, '5')
}

/** Ends all that this process started. */
export function endChildren (): void {
  for (const pid of tree(process.pid, allStats()).slice(1)) {
    try { process.kill(pid, 'SIGKILL') } catch { /* it has ended */ }
  }
}

function memoryOf (pid: number, name: 'VmRSS' | 'VmHWM'): number {
  return tree(pid, allStats()).reduce((sum, each) => sum + parseMemory(read(`/proc/${each}/status`) ?? '', name), 0)
}

function tree (pid: number, stats: ReadonlyMap<number, ProcessStat>): readonly number[] {
  return treeOf(pid, new Map([...stats].map(([each, { parent }]) => [each, parent])))
}

function allStats (): ReadonlyMap<number, ProcessStat> {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number)
  return new Map(pids.flatMap((pid) => {
    const text = read(`/proc/${pid}/stat`)
    return text === undefined ? [] : [[pid, parseStat(text)]]
  }))
}

// A process may end between two looks.
function read (path: string): string | undefined {
  try { return readFileSync(path, 'utf8') } catch { return undefined }
}
