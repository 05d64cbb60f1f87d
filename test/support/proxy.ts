// The real proxy in this process, on a free port, with its events and its log lines at hand.

import { resolve } from 'node:path'
import { performance } from 'node:perf_hooks'
import type { Test } from 'tap'
import { CLOSED_ENDPOINT_NAMES } from '../../src/access/endpoints.ts'
import { createProxy } from '../../src/app.ts'
import { openCertificate } from '../../src/commands/certificate-of.ts'
import type { LivePlan, Proxy } from '../../src/proxy.ts'
import type { Config } from '../../src/config/config.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { ProxyEvent } from '../../src/events.ts'
import { createLogger } from '../../src/observe/logger.ts'
import { countRepeats } from '../../src/observe/repeats.ts'
import type { Route } from '../../src/routes/route.ts'
import { inspectKey } from '../../src/secrets/key-shape.ts'
import { Secret } from '../../src/secrets/secret.ts'
import { CredentialSlot } from '../../src/secrets/slot.ts'
import { createEnvSource } from '../../src/secrets/sources/env.ts'
import { createMasks } from '../../src/swap/masks.ts'
import type { Masks } from '../../src/swap/masks.ts'

/** A key of the usual shape that opens nothing. */
export const TEST_KEY = `lsv2_pt_${'5ca1ab1e'.repeat(4)}_5ca1ab1e00`

export interface TestRoute {
  /** Of the upstream, with base path. */
  readonly upstream: string
  readonly prefix?: string
  /** The credential's name; the prefix's by default. */
  readonly credential?: string
  readonly key?: string
  readonly workspaceId?: string
  readonly overrides?: Partial<Route>
}

export interface TestProxyOptions {
  readonly routes: readonly TestRoute[]
  /** Settings by variable, such as LANGSMITH_PROXY_TIMEOUTS_IDLE. */
  readonly env?: Readonly<Record<string, string>>
  readonly authorities?: ReadonlyMap<string, string>
  /** Who has a client key. */
  readonly clients?: LivePlan['clients']
  /** Address of the Redis that clients are counted in. */
  readonly redis?: string
  /** What stands in for the LangSmith regions, where probes may ask them. */
  readonly regionUpstream?: NonNullable<LivePlan['regionUpstream']>
}

export interface TestProxy {
  readonly url: string
  readonly port: number
  readonly proxy: Proxy
  /** Puts other routes in place of those in use, as a reload does. */
  readonly replaceRoutes: (routes: readonly TestRoute[]) => Promise<void>
  /** Takes other settings over, as a reload does; those of the beginning are forgotten. */
  readonly replaceSettings: (env: Readonly<Record<string, string>>) => Promise<void>
  /** What it hides; a test that changes a key teaches it the new one, as a reader of credentials does. */
  readonly masks: Masks
  /** Every event that reached the log; live. */
  readonly events: readonly ProxyEvent[]
  /** The log as it would be written, JSON lines. */
  readonly rawLog: () => string
  /** Waits for an event. Fails after ten seconds. */
  readonly eventOf: <Name extends ProxyEvent['event']> (name: Name) => Promise<Extract<ProxyEvent, { event: Name }>>
}

/** Starts a proxy that ends with the test. */
export async function startProxy (t: Pick<Test, 'teardown'>, options: TestProxyOptions): Promise<TestProxy> {
  const config = configOf(options.env)
  const redis = options.redis === undefined ? undefined : new Secret(options.redis)
  const routes = options.routes.map(routeOf)
  const masks = createMasks()
  for (const { credential } of routes) if (credential.current !== undefined) masks.learn(credential.current.apiKey)
  const events: ProxyEvent[] = []
  const lines: string[] = []
  const { emit: logger } = createLogger({
    level: config.log.level, maskText: masks.maskText, maskLine: masks.maskLine, write: (line) => { lines.push(line) }
  })
  const repeats = countRepeats((event) => { events.push(event); logger(event) }, () => performance.now())
  const proxy = await createProxy({
    config, routes, authorities: options.authorities ?? new Map(), secrets: fixedSecrets(routes), redis, clients: options.clients, log: repeats.emit, lostLines: () => 0, maskText: masks.maskText, build: { version: 'test', node: process.version }, certificate: await openCertificate(config),
    ...(options.regionUpstream === undefined ? {} : { regionUpstream: options.regionUpstream })
  })
  t.teardown(() => proxy.close())
  const url = await proxy.start()
  async function replaceRoutes (next: readonly TestRoute[]): Promise<void> {
    const made = next.map(routeOf)
    for (const { credential } of made) if (credential.current !== undefined) masks.learn(credential.current.apiKey)
    await proxy.replace({ config, routes: made, authorities: options.authorities ?? new Map(), secrets: fixedSecrets(made), redis, clients: options.clients })
  }
  async function replaceSettings (env: Readonly<Record<string, string>>): Promise<void> {
    const next = configOf(env)
    await proxy.replace({ config: next, routes, authorities: options.authorities ?? new Map(), secrets: fixedSecrets(routes), redis: next.limits.redis === undefined ? undefined : redis, clients: options.clients })
  }

  return {
    url, port: Number(new URL(url).port), proxy, masks, events, replaceRoutes, replaceSettings,
    rawLog: () => lines.join(''),
    eventOf: (name) => eventOf(events, name)
  }
}

function configOf (env: TestProxyOptions['env']): Config {
  return loadConfig({
    env: {
      LANGSMITH_PROXY_LISTEN_PORT: '0', LANGSMITH_PROXY_LISTEN_HOST: '127.0.0.1', LANGSMITH_PROXY_LOG_LEVEL: 'debug',
      LANGSMITH_PROXY_STARTUP_CHECK: 'off', LANGSMITH_PROXY_DIAGNOSIS_PROBE: 'off', // tests see their own requests only, unless they ask for more
      ...env
    },
    readFile: () => undefined,
    homeConfigDir: '/nowhere',
    resolvePath: resolve,
    closedEndpointNames: CLOSED_ENDPOINT_NAMES
  })
}

/** A ready route from an upstream URL, as the config would make it. */
export function routeOf ({ upstream, prefix = '/', credential = prefix, key = TEST_KEY, workspaceId, overrides }: TestRoute): Route {
  const { protocol, host, hostname, pathname } = new URL(upstream)
  const base = pathname.replace(/\/$/, '')
  const selfHosted = /\/api(\/v1)?$/.test(base)
  return {
    prefix,
    upstream: {
      origin: `${protocol}//${host}`, host, hostname: hostname.replace(/^\[|\]$/g, ''), tls: protocol === 'https:', region: undefined,
      selfHosted, basePath: selfHosted ? base.replace(/\/api(\/v1)?$/, '') : base
    },
    caFile: undefined, insecure: false, open: [], policy: undefined, egress: undefined,
    credential: slotOf(credential, key, workspaceId),
    ...overrides
  }
}

/** A credential as it is after a start that found its key. */
export function slotOf (name: string, key = TEST_KEY, workspaceId?: string): CredentialSlot {
  const secretRef = 'env:TEST_KEY'
  return new CredentialSlot(
    { name, apiKey: { scheme: 'env', rest: 'TEST_KEY', text: secretRef, setAt: 'test' }, workspaceId, organizationId: undefined, hosts: [] },
    { name, apiKey: new Secret(key), shape: inspectKey(key), secretRef, workspaceId, organizationId: undefined, since: Date.now(), expiresAt: undefined }
  )
}

/** The credentials of routes, which nothing reads again. */
export function fixedSecrets (routes: readonly Route[]): LivePlan['secrets'] {
  const slots = [...new Set(routes.flatMap(({ credential }) => credential instanceof CredentialSlot ? [credential] : []))]
  return { slots, read: () => Promise.reject(new Error('not read again')), sourceFor: () => createEnvSource({}) }
}

async function eventOf<Name extends ProxyEvent['event']> (events: readonly ProxyEvent[], name: Name): Promise<Extract<ProxyEvent, { event: Name }>> {
  const end = performance.now() + 10_000
  for (;;) {
    const found = events.find((event): event is Extract<ProxyEvent, { event: Name }> => event.event === name)
    if (found !== undefined) return found
    if (performance.now() > end) throw new Error(`no event ${name}; there were: ${events.map(({ event }) => event).join(', ') || 'none'}`)
    await new Promise((resolve) => { setTimeout(resolve, 5) })
  }
}
