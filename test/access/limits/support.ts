// A real proxy with limits of clients, and a call that tells what matters of the answer.

import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'
import type { ProxyEvent } from '../../../src/events.ts'
import type { CredentialSlot } from '../../../src/secrets/slot.ts'
import { startProxy } from '../../support/proxy.ts'
import type { TestProxy } from '../../support/proxy.ts'
import { startUpstream } from '../../support/upstream.ts'
import type { Upstream, UpstreamOptions } from '../../support/upstream.ts'
import { makeClients } from '../clients/support.ts'
import type { MadeClient, TestClients } from '../clients/support.ts'

export interface Answer {
  readonly status: number
  /** Seconds. */
  readonly retryAfter: number | undefined
  readonly body: { readonly code?: string, readonly detail?: string, readonly hint?: string }
}

export interface Stage {
  readonly proxy: TestProxy
  readonly upstream: Upstream
  readonly clients: TestClients
  /** @param client - Undefined for no client key. */
  readonly call: (client?: string, path?: string, init?: RequestInit) => Promise<Answer>
}

export interface StageOptions {
  readonly clients?: Readonly<Record<string, MadeClient>>
  /** Those of another proxy of this test, in place of `clients`. */
  readonly same?: TestClients
  /** By setting, such as `requests`. */
  readonly limits: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string>>
  readonly redis?: string
  readonly upstream?: UpstreamOptions
  /** The credential of the route. */
  readonly slot?: CredentialSlot
}

/** The settings of limits, as variables. */
export function limitsEnv (limits: StageOptions['limits']): Record<string, string> {
  return Object.fromEntries(Object.entries(limits).map(([name, value]) => [`LANGSMITH_PROXY_LIMITS_${name.replace(/(?=[A-Z])/g, '_').toUpperCase()}`, value]))
}

export async function stage (t: Test, { clients: made = { ana: {}, bo: {} }, same, limits, env = {}, redis, upstream: options, slot }: StageOptions): Promise<Stage> {
  const upstream = await startUpstream(t, options)
  const clients = same ?? await makeClients(t, made)
  const proxy = await startProxy(t, {
    routes: [{ upstream: upstream.url, ...slot === undefined ? {} : { overrides: { credential: slot } } }], clients: clients.live, ...redis === undefined ? {} : { redis },
    env: { ...limitsEnv(redis === undefined ? limits : { redis: 'env:REDIS_URL', ...limits }), ...env }
  })
  const call: Stage['call'] = async (client, path = '/x', init = {}) => {
    const response = await fetch(proxy.url + path, { ...init, headers: client === undefined ? {} : { 'x-api-key': clients.keys[client] ?? '' } })
    const text = await response.text()
    const wait = response.headers.get('retry-after')
    return { status: response.status, retryAfter: wait === null ? undefined : Number(wait), body: text.startsWith('{') ? JSON.parse(text) as Answer['body'] : {} }
  }
  return { proxy, upstream, clients, call }
}

export function eventsOf<Name extends ProxyEvent['event']> ({ events }: TestProxy, name: Name): readonly Extract<ProxyEvent, { event: Name }>[] {
  return events.filter((event): event is Extract<ProxyEvent, { event: Name }> => event.event === name)
}

/** @throws Error after 20 seconds. */
export async function until (what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = performance.now() + 20_000; !(await condition());) {
    if (performance.now() > end) throw new Error(`waited in vain for ${what}`)
    await delay(20)
  }
}

/** How often each comes. */
export function tally<Value> (values: readonly Value[]): ReadonlyMap<Value, number> {
  const counts = new Map<Value, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return counts
}
