// A team's proxy before the sandbox, as people set it up: the program with a config, client keys from its own command,
// and the record of who did what.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import type { ReceivedRequest } from '../../src/sandbox/ledger.ts'
import { startSandbox } from '../../src/sandbox/sandbox.ts'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { basic } from '../access/clients/support.ts'
import { refuseLeak } from '../support/leaks.ts'
import { runProgram, startProgram } from '../support/process.ts'
import { checkSwap, keyOf } from './support.ts'

type Line = Readonly<Record<string, unknown>>

export interface TeamStage {
  /** `http://localhost:PORT`. */
  readonly url: string
  readonly sandbox: Sandbox
  /** Gives a client key out. @param options - Of "clients add". */
  readonly add: (name: string, ...options: readonly string[]) => Promise<string>
  /** Waits until the running proxy knows that it is over. */
  readonly revoke: (name: string) => Promise<void>
  /** Starts the proxy that knows all clients that were added. */
  readonly start: () => Promise<void>
  /** Waits for so many lines of a client in the audit record and in the log, which must tell the same; gives those of the record. */
  readonly recordsOf: (t: Test, client: string, count: number) => Promise<readonly Line[]>
  /** The shared key on each request that went up, and no client key anywhere: not upstream, not in the record, not in the log. */
  readonly checkKeys: (t: Test) => void
}

/** Client keys are required; `/` goes to the US, `/eu` to the EU, each with the one key that all share. */
export async function makeTeamStage (t: Test): Promise<TeamStage> {
  const sandbox = await startSandbox()
  t.teardown(() => sandbox.close())
  const folder = t.testdir()
  const config = join(folder, 'config.yaml')
  writeFileSync(config, `
listen: { host: localhost }
clients: { required: true }
audit: { file: audit.jsonl }
credentials: { us: { apiKey: "env:US_KEY" }, eu: { apiKey: "env:EU_KEY" } }
routes:
  - { prefix: /, upstream: "${sandbox.regions.us.url}", credential: us }
  - { prefix: /eu, upstream: "${sandbox.regions.eu.url}", credential: eu }
`)
  const keys: string[] = []
  let program: Awaited<ReturnType<typeof startProgram>> | undefined
  const started = (): NonNullable<typeof program> => {
    if (program === undefined) throw new Error('the proxy was not started')
    return program
  }
  const audit = (): string => readFileSync(join(folder, 'audit.jsonl'), 'utf8')
  const recorded = (client: string): readonly Line[] => audit().split('\n').slice(0, -1).map((line) => JSON.parse(line) as Line).filter((line) => line.client === client)

  const clients = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await runProgram(t, ['clients', ...args, '--config', config])
    if (code !== 0) throw new Error(stderr)
    return stdout.trim()
  }

  return {
    sandbox,
    get url () { return started().url },
    async add (name, ...options) {
      const key = await clients('add', name, ...options)
      keys.push(key)
      return key
    },
    async revoke (name) {
      await clients('revoke', name)
      await started().until(`the end of ${name}`, () => started().lines('clients.reloaded')[0])
    },
    async start () {
      program = await startProgram(t, ['--config', config], { env: { US_KEY: keyOf('good-us'), EU_KEY: keyOf('good-eu'), LANGSMITH_PROXY_LOG_FORMAT: 'json' } })
    },
    async recordsOf (t, client, count) {
      const { until, lines } = started()
      const logged = (): readonly Line[] => lines('request.completed').filter((line) => line.client === client)
      await until(`${String(count)} lines of ${client}`, () => recorded(client).length >= count && logged().length >= count ? true : undefined)
      const short = ({ reqId, method, status, source, route }: Line): unknown => [reqId, method, status, source, route]
      t.strictSame(logged().map(short), recorded(client).map(short), 'log and record tell the same')
      return recorded(client)
    },
    checkKeys (t) {
      const shown = keys.flatMap((key) => [key, basic('', key), basic(key.split('_')[1] ?? '', key)].map((form) => form.replace('Basic ', '')))
      const upstream: readonly [string, readonly ReceivedRequest[]][] = (['us', 'eu'] as const).map((region) => [keyOf(`good-${region}`), sandbox.requests.filter((request) => request.region === region)])
      for (const [key, requests] of upstream) if (requests.length > 0) checkSwap(t, requests, key)
      t.ok(sandbox.requests.length > 0)
      refuseLeak('what went up', JSON.stringify([sandbox.requests, sandbox.runs('us'), sandbox.runs('eu')]), ...shown)
      refuseLeak('the record', audit(), ...shown, keyOf('good-us'), keyOf('good-eu'))
      refuseLeak('the log', started().stderr(), ...shown, keyOf('good-us'), keyOf('good-eu'))
    }
  }
}
