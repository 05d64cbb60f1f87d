// The environment of a command that runs behind a proxy of its own: the address of that proxy, a key that opens
// nothing, and of everything else what the command had anyway, less what holds or leads to a real key. Pure.

import { isOwnAddress, APP_KEY } from '../../config/quick-start.ts'
import type { RouteConfig } from '../../config/config.ts'

type Env = Readonly<Record<string, string | undefined>>

export interface Given {
  /** Of the proxy, without a slash at the end. */
  readonly url: string
  /** Where the settings have the proxy listen; an address there means this one. */
  readonly usualPort: number
  readonly routes: readonly Pick<RouteConfig, 'prefix' | 'upstream'>[]
  /** Variables that hold secrets of the proxy. */
  readonly taken: ReadonlySet<string>
  /** Whether a text holds a key that is known, or looks like one of LangSmith's. */
  readonly holdsKey: (text: string) => boolean
}

export interface ChildEnvironment {
  readonly env: Record<string, string>
  /** Variables that were left out because of their value, which nobody would expect. */
  readonly withheld: readonly string[]
  /** The variable whose address no route leads to: the command gets the proxy as a whole in its place. */
  readonly unroutedEndpoint: EndpointName | undefined
}

type EndpointName = typeof ENDPOINT_NAMES[number]
/** The first that is set counts, as for LangSmith's SDKs. */
const ENDPOINT_NAMES = ['LANGSMITH_ENDPOINT', 'LANGCHAIN_ENDPOINT'] as const

/** What would choose another key, workspace or address than the proxy does; the second half of each name. */
const CHOICES = ['WORKSPACE_ID', 'TENANT_ID', 'PROFILE', 'CONFIG_FILE', 'RUNS_ENDPOINTS']
const NOT_PASSED: ReadonlySet<string> = new Set(CHOICES.flatMap((name) => [`LANGSMITH_${name}`, `LANGCHAIN_${name}`]))
const OWN_SETTING = /^LANGSMITH_PROXY_/

// A collector of somebody's own stays where it is. An address of LangSmith, or of the proxy on its usual port, can only
// mean LangSmith, and without the key that this command does not get, traces would be refused there.
const REDIRECTED = ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'LANGSMITH_BASE_URL'] as const

const HERE = ['localhost', '127.0.0.1'] as const

export function environmentFor (parent: Env, given: Given): ChildEnvironment {
  const { url, taken, holdsKey } = given
  const endpointName = ENDPOINT_NAMES.find((name) => parent[name] !== undefined)
  const endpoint = endpointName === undefined ? undefined : redirected(parent[endpointName], given)
  const replaced = {
    LANGSMITH_ENDPOINT: endpoint ?? url,
    LANGCHAIN_ENDPOINT: endpoint ?? url,
    LANGSMITH_API_KEY: APP_KEY,
    LANGCHAIN_API_KEY: APP_KEY,
    NO_PROXY: exempting(parent.NO_PROXY ?? parent.no_proxy),
    no_proxy: exempting(parent.no_proxy ?? parent.NO_PROXY),
    ...Object.fromEntries(REDIRECTED.flatMap((name) => {
      const address = redirected(parent[name], given)
      return address === undefined ? [] : [[name, address]]
    }))
  }
  const passed = Object.entries(parent).flatMap(([name, value]) => {
    const isLeftOut = value === undefined || OWN_SETTING.test(name) || NOT_PASSED.has(name) || taken.has(name) || Object.hasOwn(replaced, name)
    return isLeftOut ? [] : [[name, value] as const]
  })
  return {
    env: { ...Object.fromEntries(passed.filter(([, value]) => !holdsKey(value))), ...replaced },
    withheld: passed.filter(([, value]) => holdsKey(value)).map(([name]) => name),
    unroutedEndpoint: endpoint === undefined ? endpointName : undefined
  }
}

/** What reaches through the proxy what an address means. @returns Undefined where no route leads there. */
function redirected (address: string | undefined, { url, usualPort, routes }: Given): string | undefined {
  if (address === undefined || !URL.canParse(address)) return undefined
  if (isOwnAddress(address, usualPort)) return url + pathOf(address)
  const { origin } = new URL(address)
  const path = pathOf(address)
  const [route] = routes
    .filter(({ upstream }) => upstream.origin === origin && `${path}/`.startsWith(`${upstream.basePath}/`))
    .sort((a, b) => b.upstream.basePath.length - a.upstream.basePath.length || a.prefix.length - b.prefix.length) // the default one is the shortest
  if (route === undefined) return undefined
  return url + (route.prefix === '/' ? '' : route.prefix) + path.slice(route.upstream.basePath.length)
}

function pathOf (address: string): string {
  return new URL(address).pathname.replace(/\/$/, '')
}

/** A company's forward proxy must not get what is meant for this machine. A star alone exempts everything, and curl knows it alone only. */
function exempting (list: string | undefined): string {
  if (list?.trim() === '*') return list
  const known = list?.split(/[\s,]+/).filter((entry) => entry !== '') ?? []
  return [...known, ...HERE.filter((host) => !known.includes(host))].join(',')
}
