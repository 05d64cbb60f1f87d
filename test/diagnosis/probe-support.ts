// What the tests of the probes share: hosts as a pipeline makes them, with the sandbox or anything else behind them.

import type { Test } from 'tap'
import type { RegionName } from '../../src/config/regions.ts'
import type { ProbeHosts } from '../../src/diagnosis/probe/hosts.ts'
import type { Credential } from '../../src/secrets/credential.ts'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import type { AskedHost } from '../../src/upstream/ask.ts'
import { connectTo } from '../../src/upstream/connections.ts'
import { keyOf } from '../sandbox/support.ts'
import { routeOf, slotOf } from '../support/proxy.ts'
import type { Answer } from '../support/upstream.ts'

export const HOP_ID = 'a1b2c3d4e5f6'
const TIMEOUTS = { connect: 1000, firstByte: 5000, idle: 5000, clientIdle: 5000 }

export interface Place {
  readonly url: string
  readonly region?: RegionName | undefined
  readonly prefix?: string
}

/** A host whose connections end with the test. */
export function hostAt (t: Test, place: Place): AskedHost {
  const { host, close } = connected(place)
  t.teardown(close)
  return host
}

function connected ({ url, region, prefix = '/' }: Place): { host: AskedHost, close: () => Promise<void> } {
  const { upstream, egress } = routeOf({ upstream: url })
  const route = { prefix, upstream: { ...upstream, region }, egress }
  const { pooled: connection, close } = connectTo(route, TIMEOUTS, undefined)
  return { host: { route, connection, hopId: HOP_ID }, close }
}

export interface TestHosts extends ProbeHosts {
  /** Regions that were opened, and not closed since; live. */
  readonly open: ReadonlySet<RegionName>
  /** All that were ever opened, in order; live. */
  readonly opened: readonly RegionName[]
}

/** @param regions - Where the other regions are; opening one that is left out fails the round. */
export function hostsOf (t: Test, own: Place, { sharing = [], regions = {} }: { sharing?: readonly Place[], regions?: Partial<Record<RegionName, string>> } = {}): TestHosts {
  const open = new Set<RegionName>()
  const opened: RegionName[] = []
  return {
    own: hostAt(t, own),
    sharing: sharing.map((place) => hostAt(t, place)),
    open, opened,
    openRegion (name) {
      const url = regions[name]
      if (url === undefined) throw new Error(`${name} must not be opened`)
      const { host, close } = connected({ url, region: name })
      open.add(name)
      opened.push(name)
      return { host, close: async () => { open.delete(name); await close() } }
    }
  }
}

/** The addresses of a sandbox's regions. */
export function regionsOf (sandbox: Sandbox): Record<RegionName, string> {
  const { us, eu, apac, aws } = sandbox.regions
  return { us: us.url, eu: eu.url, apac: apac.url, aws: aws.url }
}

/** A credential with a key of the sandbox's default world. */
export function credentialOf (keyName: string, workspaceId?: string, name = 'team'): Credential {
  const { current } = slotOf(name, keyOf(keyName), workspaceId)
  if (current === undefined) throw new Error('a slot without a version')
  return current
}

/** Answers everything with one body. */
export function always (status: number, type: string, body: string | Buffer, headers: Readonly<Record<string, string>> = {}): Answer {
  return (_request, response) => { response.writeHead(status, { 'content-type': type, ...headers }).end(body) }
}
