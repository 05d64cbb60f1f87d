// The program as a process that tells what it holds: open descriptors, memory in use after a collection, requests under
// way. What is left behind by a fault is seen here, and nothing of the test's own clients and upstreams is counted.

import { readdirSync } from 'node:fs'
import type { Test } from 'tap'
import { request } from 'undici'
import { startProgram } from '../support/process.ts'
import type { ProgramOptions, Serving } from '../support/process.ts'
import { TEST_KEY } from '../support/proxy.ts'

/** Why a test that measures cannot run here, for tap's `skip`. */
export const CANNOT_MEASURE = process.platform !== 'linux' && 'reads /proc'

export interface Inspected extends Serving {
  /** Files, sockets and pipes that the process has open. */
  readonly descriptors: () => number
  /** Bytes in use after a collection, buffers included. */
  readonly memory: () => Promise<number>
  /** Waits until nothing is under way, and, with an upstream that closes its connections, no more descriptors are open than that. */
  readonly settled: (descriptors: number, closeUpstream: () => void) => Promise<void>
}

const TELL_MEMORY = 'process.on("SIGUSR2", () => { gc(); setImmediate(() => { gc(); const { heapUsed, external } = process.memoryUsage(); process.stdout.write(`${heapUsed + external};`) }) })'

/** @param config - Of routes that use the credential `us`, in YAML. */
export async function startInspected (t: Test, config: string, { files = {}, env = {}, ...options }: ProgramOptions = {}): Promise<Inspected> {
  const program = await startProgram(t, ['--config', 'proxy.yaml'], {
    ...options,
    nodeArgs: ['--expose-gc', '--import', `data:text/javascript,${encodeURIComponent(TELL_MEMORY)}`],
    env: { KEY_OF_TEST: TEST_KEY, LANGSMITH_PROXY_LOG_LEVEL: 'debug', ...env },
    files: { 'proxy.yaml': `credentials: { us: { apiKey: "env:KEY_OF_TEST" } }\n${config}`, ...files }
  })
  let told = 0
  const descriptors = (): number => readdirSync(`/proc/${program.pid}/fd`).length

  return {
    ...program, descriptors,
    async memory () {
      program.child.kill('SIGUSR2')
      const bytes = await program.until('the memory in use', () => program.stdout().split(';').slice(0, -1)[told])
      told++
      return Number(bytes)
    },
    async settled (most, closeUpstream) {
      await program.until('nothing under way', async () => {
        const { body } = await request(`${program.url}/-/metrics`, { reset: true })
        return /^langsmith_proxy_requests_in_flight 1$/m.test(await body.text()) || undefined // this one
      })
      await program.until(`at most ${most} descriptors`, () => {
        closeUpstream() // each time: a connection that was being made for a client that left comes about, and waits for the next request
        return descriptors() <= most || undefined
      })
    }
  }
}
