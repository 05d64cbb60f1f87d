// Where a stored key belongs: a region, or the address of another LangSmith. It is stored beside the key,
// and what reaches it is made by the same code as the routes of a config, so that it is checked as they are.

import { resolve } from 'node:path'
import { textFlag } from './command.ts'
import type { CommandContext } from './command.ts'
import { configDir } from './folders.ts'
import { readConfig } from './prepare.ts'
import { askChoice, askText } from './terminal.ts'
import type { Config, RouteConfig } from '../config/config.ts'
import { CONFIG_VARIABLE } from '../config/environment.ts'
import { loadConfig } from '../config/load.ts'
import { isOwnAddress, QUICK_START_VARIABLES } from '../config/quick-start.ts'
import { REGION_NAMES, REGIONS } from '../config/regions.ts'
import { suggestion } from '../config/suggest.ts'
import { parseUpstream } from '../config/upstream.ts'
import { ProxyError } from '../errors.ts'
import type { StoredEntry } from '../secrets/store/store.ts'

/** One of the two is set. */
export type KeyPlace = Pick<StoredEntry, 'region' | 'endpoint'>

/** How to reach it. */
export interface Way {
  readonly route: RouteConfig
  readonly timeouts: Config['timeouts']
}

type Context = Pick<CommandContext, 'env' | 'flags'>

/** The settings without what LANGSMITH_* says: a key that is stored now need not go where they do. @throws ProxyError as readConfig does. */
export function readStoreConfig ({ env, flags }: Context): Config {
  return readConfig({ env: withoutVariables(env, QUICK_START_VARIABLES), flags: { config: flags.config } })
}

/** What --region or --endpoint says; undefined without them. @throws ProxyError `usage-invalid`. */
export function placeOfFlags (flags: Context['flags'], ownPort: number): KeyPlace | undefined {
  const region = textFlag(flags, 'region')
  const endpoint = textFlag(flags, 'endpoint')
  if (region !== undefined && endpoint !== undefined) throw new ProxyError('usage-invalid', '--region and --endpoint do not go together', { hint: 'keep one of them' })
  if (region !== undefined) return regionPlace(region) ?? wrong(`--region takes ${REGION_NAMES.join(', ')}${suggestion(region, REGION_NAMES)}`)
  if (endpoint === undefined) return undefined
  const mistake = endpointMistake(endpoint, ownPort)
  return mistake === undefined ? endpointPlace(endpoint) : wrong(`--endpoint ${mistake}`)
}

/** A name such as `eu` says where its key belongs. */
export function regionPlace (name: string): KeyPlace | undefined {
  return REGION_NAMES.some((region) => region === name) ? { region: name, endpoint: undefined } : undefined
}

export async function askPlace (ownPort: number): Promise<KeyPlace> {
  const choices = REGION_NAMES.map((value) => ({ value, label: `${value.padEnd(4)}  ${REGIONS[value].ui}` }))
  const region = await askChoice('Where do you open LangSmith in the browser?', [...choices, { value: OTHER, label: 'other elsewhere (self-hosted)' }])
  if (region !== OTHER) return { region, endpoint: undefined }
  const judge = (address: string): string | undefined => {
    const mistake = endpointMistake(address, ownPort)
    return mistake === undefined ? undefined : `It ${mistake}.`
  }
  return endpointPlace(await askText('Address of its API, such as https://langsmith.example.com/api/v1', judge))
}

const OTHER = 'other'

/**
 * The way to a place, as a start without config file would go.
 *
 * @param config - If one of its routes leads there, that one is taken, with its certificates and forward proxy.
 * @throws ProxyError `config-invalid`.
 */
export function wayTo ({ region, endpoint }: KeyPlace, { env }: Context, config: Config): Way {
  const { routes, timeouts } = loadConfig({
    env: withoutVariables(env, [...QUICK_START_VARIABLES, CONFIG_VARIABLE]),
    readFile: () => undefined,
    homeConfigDir: configDir(env),
    resolvePath: resolve,
    closedEndpointNames: [],
    storedDefault: { region, endpoint, hasWorkspace: false }
  })
  const [route] = routes
  if (route === undefined) throw new ProxyError('config-invalid', 'there is no route to where the key belongs')
  const same = config.source === 'environment' ? undefined : config.routes.find(({ upstream }) => upstream.origin === route.upstream.origin && upstream.basePath === route.upstream.basePath)
  return same === undefined ? { route, timeouts } : { route: same, timeouts: config.timeouts }
}

/** The first route of the config file that uses a stored key; undefined if none does. */
export function wayOfConfig (name: string, { source, credentials, routes, timeouts }: Config): Way | undefined {
  const users = source === 'environment' ? [] : credentials.filter(({ apiKey }) => apiKey.scheme === 'store' && apiKey.rest === name)
  const route = routes.find(({ credential }) => users.some((user) => user.name === credential))
  return route === undefined ? undefined : { route, timeouts }
}

function endpointMistake (address: string, ownPort: number): string | undefined {
  if (isOwnAddress(address, ownPort)) return 'is the address of this proxy; give that of LangSmith'
  return parseUpstream(address, { insecure: false }).mistake
}

/** A cloud's own address means its region; a private link stays as it is. */
function endpointPlace (address: string): KeyPlace {
  const hostname = new URL(address).hostname
  const region = REGION_NAMES.find((name) => REGIONS[name].api === hostname)
  return region === undefined ? { region: undefined, endpoint: address } : { region, endpoint: undefined }
}

function wrong (message: string): never {
  throw new ProxyError('usage-invalid', message, { hint: 'name a region, or give --endpoint with the address of another LangSmith' })
}

function withoutVariables (env: Context['env'], names: readonly string[]): Context['env'] {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !names.includes(name)))
}
