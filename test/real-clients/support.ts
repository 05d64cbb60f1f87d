// A proxy before the sandbox, as real clients meet it: `/` goes to the US, `/eu` to the EU.

import type { Test } from 'tap'
import { defaultWorld } from '../../src/sandbox/default-world.ts'
import type { ReceivedRequest } from '../../src/sandbox/ledger.ts'
import { startSandbox } from '../../src/sandbox/sandbox.ts'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { startProxy } from '../support/proxy.ts'
import type { TestProxy, TestProxyOptions } from '../support/proxy.ts'
import { valuesOf } from '../support/upstream.ts'

/** The value of a key of the sandbox's world. */
export function keyOf (name: string): string {
  const key = defaultWorld().keys.find((candidate) => candidate.name === name)
  if (key === undefined) throw new Error(`no key ${name}`)
  return key.value
}

export interface Stage {
  readonly proxy: TestProxy
  /** `http://localhost:PORT`, as people type it. */
  readonly url: string
  readonly sandbox: Sandbox
}

/** @param clients - With them, client keys are required. */
export async function startStage (t: Test, clients?: TestProxyOptions['clients']): Promise<Stage> {
  const sandbox = await startSandbox()
  t.teardown(() => sandbox.close())
  const proxy = await startProxy(t, {
    routes: [
      { upstream: sandbox.regions.us.url, key: keyOf('good-us'), credential: 'us' },
      { upstream: sandbox.regions.eu.url, key: keyOf('good-eu'), credential: 'eu', prefix: '/eu' }
    ],
    clients,
    env: { LANGSMITH_PROXY_LISTEN_HOST: 'localhost', LANGSMITH_PROXY_CLIENTS_REQUIRED: String(clients !== undefined) }
  })
  return { proxy, url: proxy.url, sandbox }
}

/** What no request may bring to LangSmith: anything that the client took for a credential. */
export function checkSwap (t: Test, requests: readonly ReceivedRequest[], key: string): void {
  t.ok(requests.length > 0, 'something arrived')
  for (const { url, rawHeaders } of requests) {
    t.same(valuesOf(rawHeaders, 'x-api-key'), [key], `${url}: the right key, once`)
    for (const name of ['authorization', 'cookie', 'x-tenant-id', 'expect', 'x-user-id']) t.same(valuesOf(rawHeaders, name), [], `${url}: no ${name}`)
  }
}
