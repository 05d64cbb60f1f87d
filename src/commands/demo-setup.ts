// What the demo runs: routes to the sandbox's regions, one of them with a key of another region.

import type { Servable } from './prepare.ts'
import { loadConfig } from '../config/load.ts'
import type { Config } from '../config/config.ts'
import type { RegionName } from '../config/regions.ts'
import type { Route } from '../routes/route.ts'
import { inspectKey } from '../secrets/key-shape.ts'
import { Secret } from '../secrets/secret.ts'
import { CredentialSlot } from '../secrets/slot.ts'
import type { SecretSource } from '../secrets/source.ts'
import { createMasks } from '../swap/masks.ts'
import type { Masks } from '../swap/masks.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import type { World } from '../sandbox/world.ts'

interface DemoRoute { readonly prefix: string, readonly region: RegionName, readonly keyName: string }

const ROUTES: readonly DemoRoute[] = [
  { prefix: '/', region: 'us', keyName: 'good-us' },
  { prefix: '/eu', region: 'eu', keyName: 'good-eu' },
  { prefix: '/wrong-key', region: 'us', keyName: 'good-eu' }
]

/** @param port - Of the proxy; `0` picks a free one. */
export function demoSetup (sandbox: Pick<Sandbox, 'regions'>, world: Pick<World, 'keys'>, port: string): Servable {
  const masks = createMasks()
  const slots = [...new Set(ROUTES.map(({ keyName }) => keyName))].map((name) => slotFor(name, world, masks))
  const routes = ROUTES.flatMap((route) => slots.filter(({ name }) => name === route.keyName).map((slot) => demoRoute(route, sandbox, slot)))
  const secrets = { slots, read: NEVER, sourceFor: () => FIXED }
  return { config: demoConfig(port), routes, secrets, masks, authorities: new Map(), notices: [] }
}

/** Keys of the sandbox never change. */
const NEVER = (): Promise<never> => Promise.reject(new Error('the keys of the demo are not read again'))
const FIXED: SecretSource = { freshness: 'captured', read: NEVER, place: ({ text }) => text, nearNames: () => [] }

/** Defaults, with no file and no environment; no check at the start, which would give away what the calls show. */
function demoConfig (port: string): Config {
  return loadConfig({
    env: { LANGSMITH_PROXY_STARTUP_CHECK: 'off' }, flags: { port }, readFile: () => undefined, homeConfigDir: '/', resolvePath: (_base, path) => path, closedEndpointNames: []
  })
}

function slotFor (name: string, { keys }: Pick<World, 'keys'>, masks: Masks): CredentialSlot {
  const value = keys.find((key) => key.name === name)?.value ?? ''
  const apiKey = new Secret(value)
  masks.learn(apiKey)
  const text = `demo:${name}`
  return new CredentialSlot(
    { name, apiKey: { scheme: 'demo', rest: name, text, setAt: 'demo' }, workspaceId: undefined, organizationId: undefined, hosts: [] },
    { name, apiKey, shape: inspectKey(value), secretRef: text, workspaceId: undefined, organizationId: undefined, since: Date.now(), expiresAt: undefined }
  )
}

function demoRoute ({ prefix, region }: DemoRoute, sandbox: Pick<Sandbox, 'regions'>, credential: CredentialSlot): Route {
  const { port } = sandbox.regions[region]
  return {
    prefix, credential,
    upstream: {
      origin: `http://127.0.0.1:${port}`, host: `127.0.0.1:${port}`, hostname: '127.0.0.1', tls: false, basePath: '', selfHosted: false,
      region // the sandbox plays this region, so refusals are explained as if it were
    },
    caFile: undefined, insecure: false, open: [], policy: undefined, egress: undefined
  }
}
