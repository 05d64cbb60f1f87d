// What this process uses, for the metrics: src/ outside commands/ does not read the process.

import { readdirSync, readFileSync } from 'node:fs'
import process from 'node:process'
import type { ProcessUse } from '../observe/metrics/process.ts'

export function processUse (): ProcessUse {
  const { rss, heapUsed, external } = process.memoryUsage()
  const { user, system } = process.cpuUsage()
  return { residentBytes: rss, heapBytes: heapUsed, externalBytes: external, cpuSeconds: (user + system) / 1e6, ...openFiles() }
}

/** Linux only. */
function openFiles (): Pick<ProcessUse, 'openFiles' | 'mostFiles'> {
  try {
    const most = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
    return { openFiles: readdirSync('/proc/self/fd').length - 1, mostFiles: most === undefined ? undefined : Number(most) } // without that of the listing itself
  } catch {
    return {}
  }
}
