// A LangSmith stand-in: four regions on four ports of this machine, with keys, workspaces and
// refusals as docs/langsmith-api.md describes them. For our tests, the demo, and other people's CI.

import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { defaultWorld } from './default-world.ts'
import type { Fields } from './json.ts'
import { Ledger, type ReceivedRequest } from './ledger.ts'
import { regionServer, type TlsFiles } from './region-server.ts'
import { viewRun } from './run-view.ts'
import { Store } from './store.ts'
import { SANDBOX_REGIONS, type SandboxRegion, type World } from './world.ts'

export interface SandboxOptions {
  /** From parseWorld; the default world if left out. */
  readonly world?: World | undefined
  /** Address to listen on; 127.0.0.1 if left out. Everybody who reaches it may use the sandbox. */
  readonly host?: string | undefined
  /** A free port for each region that is left out. */
  readonly ports?: Partial<Record<SandboxRegion, number>> | undefined
  /** PEM texts, to serve https. */
  readonly tls?: TlsFiles | undefined
  /** The sandbox's clock; decides which keys have expired. */
  readonly now?: (() => Date) | undefined
  /** Holds each key to the budgets of LangSmith: 429 beyond them. */
  readonly budgets?: boolean | undefined
  /** How many requests are remembered; 1000 if left out. */
  readonly remember?: number | undefined
}

export interface Sandbox {
  readonly regions: Readonly<Record<SandboxRegion, { readonly url: string, readonly port: number }>>
  /** The last requests of all regions, oldest first; live. */
  readonly requests: readonly ReceivedRequest[]
  /** The runs that a region holds, of all workspaces, oldest first, as `GET /runs/ID` shows them. */
  runs: (region: SandboxRegion) => Fields[]
  /** Stops listening and cuts open connections. */
  close: () => Promise<void>
}

interface RunningRegion { readonly app: FastifyInstance, readonly store: Store, readonly url: string, readonly port: number }

/**
 * Starts the sandbox.
 *
 * @param options - All optional.
 * @returns The addresses, and what it has received.
 * @throws Error of the system when a port is taken; nothing keeps listening then.
 */
export async function startSandbox (options: SandboxOptions = {}): Promise<Sandbox> {
  const { world = defaultWorld(), host = '127.0.0.1', ports = {}, tls, now = () => new Date(), budgets = false, remember } = options
  const ledger = new Ledger(remember)
  const closing = new AbortController()
  const running: RunningRegion[] = []

  const close = async (): Promise<void> => {
    // First the connections: who waits for a delayed answer must see a cut, not a failure.
    await Promise.all(running.map(({ app }) => app.close()))
    closing.abort()
  }

  const start = async (region: SandboxRegion): Promise<RunningRegion> => {
    const store = new Store(now)
    const app = regionServer({ region, world, ledger, store, now, budgets, closing: closing.signal }, tls)
    await app.listen({ host, port: ports[region] ?? 0 })
    const { port } = app.server.address() as AddressInfo
    const url = `${tls === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${port}`
    return { app, store, url, port }
  }

  try {
    for (const region of SANDBOX_REGIONS) running.push(await start(region))
  } catch (error) {
    await close()
    throw error
  }

  const [us, eu, apac, aws] = running
  if (us === undefined || eu === undefined || apac === undefined || aws === undefined) throw new Error('a region did not start')
  const regions = { us, eu, apac, aws }
  return {
    regions,
    requests: ledger.requests,
    runs: (region) => regions[region].store.runs().map(viewRun),
    close
  }
}
