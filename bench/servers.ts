// Who runs: this proxy, and others that are set up to inject the same headers. Their configurations are those of the
// conformance suite; here they get time limits of a day's use.

import { fileURLToPath } from 'node:url'
import undici from 'undici/package.json' with { type: 'json' }
import type { Running, Target } from '../test/conformance/target.ts'
import { TARGETS } from '../test/conformance/targets.ts'
import { runProgram } from '../test/conformance/targets/run-program.ts'
import { freePort } from '../test/support/free-port.ts'
import { AUTHORITY_FILE, settings } from '../test/conformance/targets/settings.ts'
import { ours } from './ours.ts'
import { ON_SERVER_CORE } from './pinning.ts'
import type { Upstream } from './upstream.ts'
import { DIRECT, OURS } from './workload.ts'
import type { Bench } from './workload.ts'

const byHand: Target = {
  name: 'node:http + undici by hand',
  version: () => `Node ${process.versions.node}, undici ${undici.version}`,
  async start (places, { timeouts, before } = {}) {
    const port = await freePort()
    return await runProgram({
      files: { [AUTHORITY_FILE]: places.authority },
      command: [process.execPath, fileURLToPath(new URL('by-hand.js', import.meta.url))],
      before,
      port,
      env: settings(places, port, timeouts)
    })
  }
}

/** All of them by name, in the order in which they take turns. */
export const SERVERS: Readonly<Record<string, Target>> = Object.fromEntries(
  Object.entries({ ...TARGETS, 'by-hand': byHand, [OURS]: ours }).sort(([a], [b]) => rank(a) - rank(b))
)

function rank (name: string): number {
  return [OURS, 'bare', 'by-hand', 'caddy', 'nginx', 'haproxy'].indexOf(name)
}

/** The defaults of this proxy. */
const TIMEOUTS = { head: 120, idle: 300 }

/** Starts one of them on its core. @throws Error with its output. */
export function startServer (target: Target, upstream: Upstream): Promise<Running> {
  return target.start(upstream, { timeouts: TIMEOUTS, before: ON_SERVER_CORE })
}

/**
 * Starts all servers of a bench, lets `measure` use them, and stops them. One that does not start or end well is a fault.
 *
 * @param measure - Gets those that run, and the direct way as `undefined`.
 */
export async function withServers (
  bench: Bench, workload: string, upstream: Upstream,
  measure: (running: ReadonlyMap<string, Running | undefined>) => Promise<void>
): Promise<void> {
  const started = new Map<string, Running>()
  const blame = (server: string) => (error: unknown): void => { bench.fault({ workload, server, reason: error instanceof Error ? error.message : String(error) }) }
  try {
    for (const [name, target] of bench.servers) {
      await startServer(target, upstream).then((running) => { started.set(name, running) }, blame(name))
    }
    await measure(new Map([...started, ...(bench.direct ? [[DIRECT, undefined] as const] : [])]))
    for (const [name, running] of started) if (!running.alive()) blame(name)('it ended')
  } finally {
    for (const [name, running] of started) await running.stop().catch(blame(name))
  }
}
