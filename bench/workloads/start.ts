// From the command to a proxy that listens, against a Node that does nothing.

import { spawn } from 'node:child_process'
import { START } from '../columns.ts'
import { startOurs } from '../ours.ts'
import { ON_SERVER_CORE } from '../pinning.ts'
import { NODE, OURS } from '../workload.ts'
import type { Workload } from '../workload.ts'

const ID = 'start'
const STARTS_PER_ROUND = 5

export const start: Workload = {
  id: ID,
  title: 'start to ready, with config file and two keys; node -e 0: to its end',
  async run (bench) {
    if (!bench.servers.has(OURS)) return
    for (let round = 1; round <= bench.rounds; round++) {
      for (let at = 0; at < STARTS_PER_ROUND; at++) {
        bench.tell({ workload: ID, server: OURS, column: START.ready, value: await startOnce(bench.upstream) })
        bench.tell({ workload: ID, server: NODE, column: START.ready, value: await nodeOnce() })
      }
      bench.say(`${ID}: round ${round} of ${bench.rounds}`)
    }
  }
}

async function startOnce (upstream: Parameters<typeof startOurs>[0]): Promise<number> {
  const { child, readyMs, remove } = await startOurs(upstream, ON_SERVER_CORE)
  const ended = new Promise((resolve) => { child.once('exit', resolve) })
  child.kill('SIGKILL')
  await ended
  remove()
  return readyMs
}

function nodeOnce (): Promise<number> {
  const began = performance.now()
  const command = [...ON_SERVER_CORE, process.execPath, '-e', '0']
  return new Promise((resolve, reject) => {
    spawn(command[0] ?? '', command.slice(1), { stdio: 'ignore' }).once('error', reject).once('exit', () => { resolve(performance.now() - began) })
  })
}
