// What the demo runs: routes to the sandbox's regions, one of them with a key of another region.

import type { Prepared } from './prepare.ts'
import { loadConfig } from '../config/load.ts'
import type { Config } from '../config/config.ts'
import type { RegionName } from '../config/regions.ts'
import type { Route } from '../routes/route.ts'
import { inspectKey } from '../secrets/key-shape.ts'
import { Secret } from '../secrets/secret.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import type { World } from '../sandbox/world.ts'

interface DemoRoute { readonly prefix: string, readonly region: RegionName, readonly keyName: string }

const ROUTES: readonly DemoRoute[] = [
  { prefix: '/', region: 'us', keyName: 'good-us' },
  { prefix: '/eu', region: 'eu', keyName: 'good-eu' },
  { prefix: '/wrong-key', region: 'us', keyName: 'good-eu' }
]

/** @param port - Of the proxy; `0` picks a free one. */
export function demoSetup (sandbox: Pick<Sandbox, 'regions'>, world: Pick<World, 'keys'>, port: string): Prepared {
  const routes = ROUTES.map((route) => demoRoute(route, sandbox, world))
  const credentials = new Map(routes.map(({ credential }) => [credential.name, credential]))
  return { config: demoConfig(port), routes, credentials: [...credentials.values()], authorities: new Map(), notices: [] }
}

/** Defaults, with no file and no environment. */
function demoConfig (port: string): Config {
  return loadConfig({
    env: {}, flags: { port }, readFile: () => undefined, homeConfigDir: '/', resolvePath: (_base, path) => path, closedEndpointNames: []
  })
}

function demoRoute ({ prefix, region, keyName }: DemoRoute, sandbox: Pick<Sandbox, 'regions'>, world: Pick<World, 'keys'>): Route {
  const { port } = sandbox.regions[region]
  const value = world.keys.find(({ name }) => name === keyName)?.value ?? ''
  return {
    prefix,
    upstream: {
      origin: `http://127.0.0.1:${port}`, host: `127.0.0.1:${port}`, hostname: '127.0.0.1', tls: false, basePath: '', selfHosted: false,
      region // the sandbox plays this region, so refusals are explained as if it were
    },
    caFile: undefined, insecure: false, open: [], egress: undefined,
    credential: {
      name: keyName, apiKey: new Secret(value), shape: inspectKey(value), secretRef: `demo:${keyName}`, workspaceId: undefined, organizationId: undefined
    }
  }
}
