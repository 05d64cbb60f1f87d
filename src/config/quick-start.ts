// The settings of somebody who has no config file: LANGSMITH_API_KEY and where it belongs make one
// route. They become the same tree that a file would give, so that nothing below here knows two ways.

import { isLoopback, withoutBrackets } from './addresses.ts'
import type { Notice } from './config.ts'
import type { Mistakes } from './mistakes.ts'
import { showPath } from './schema-node.ts'
import type { SettingsTree } from './tree.ts'
import { parseUpstream } from './upstream.ts'

type Variables = Readonly<Record<string, string>>

/** The variables that count without a config file; with one they are read by reference only. */
export const QUICK_START_VARIABLES = ['LANGSMITH_API_KEY', 'LANGSMITH_WORKSPACE_ID', 'LANGSMITH_REGION', 'LANGSMITH_ENDPOINT'] as const

/** Names of older SDKs and other tools, which nothing here reads, and the right ones. */
const OTHER_NAMES: readonly (readonly [other: string, right: typeof QUICK_START_VARIABLES[number]])[] = [
  ['LANGCHAIN_API_KEY', 'LANGSMITH_API_KEY'],
  ['LANGCHAIN_ENDPOINT', 'LANGSMITH_ENDPOINT'],
  ['LANGSMITH_TENANT_ID', 'LANGSMITH_WORKSPACE_ID']
]

const DEFAULT_REGION = 'us'

/** What the README tells people to set as the key of their apps. It opens nothing. */
export const APP_KEY = 'local-proxy'

/** Where the reference to the stored key comes from: it is named by the key itself, and no variable is. */
export const STORED_DEFAULT = 'default key of langsmith-proxy init'

/** Where `init` stored that its key belongs. */
export interface StoredDefault {
  readonly region: string | undefined
  readonly endpoint: string | undefined
  readonly hasWorkspace: boolean
}

const PLACES: Readonly<Record<string, string>> = {
  'credentials.default.apiKey': 'LANGSMITH_API_KEY',
  'credentials.default.workspaceId': 'LANGSMITH_WORKSPACE_ID',
  'credentials.default.hosts': 'LANGSMITH_ENDPOINT',
  'routes[0].region': 'LANGSMITH_REGION',
  'routes[0].upstream': 'LANGSMITH_ENDPOINT'
}

/**
 * Makes the tree of one route `/` out of the variables that LangSmith's SDKs read, too.
 *
 * @param variables - Those that are set; values without blanks around them.
 * @param ownPort - The port that the proxy will listen on.
 * @param stored - What `init` stored beside the key, if it did.
 */
export function quickStart (
  variables: Variables, ownPort: unknown, mistakes: Mistakes, stored?: StoredDefault
): { tree: SettingsTree, notices: readonly Notice[] } {
  const { LANGSMITH_ENDPOINT: written, LANGSMITH_REGION: region, LANGSMITH_API_KEY: key } = variables
  const own = written !== undefined && isOwnAddress(written, ownPort)
  const endpoint = own ? undefined : written
  if (endpoint !== undefined && region !== undefined) compare(endpoint, region, mistakes)
  const inEnvironment = key !== undefined && key !== APP_KEY
  const credential = {
    apiKey: inEnvironment ? 'env:LANGSMITH_API_KEY' : 'store:default',
    ...workspaceOf(variables, inEnvironment ? undefined : stored),
    // Who sets the address together with the key allows the key to go there. A stored key goes where it was
    // stored for: a variable that some repository sets cannot send it elsewhere.
    hosts: hostsOf(inEnvironment || stored === undefined ? endpoint : stored.endpoint)
  }
  const target = targetOf(endpoint, region, inEnvironment ? undefined : stored)
  return {
    tree: {
      value: { credentials: { default: credential }, routes: [{ prefix: '/', credential: 'default', ...target }] },
      place: (path) => {
        if (showPath(path) === 'credentials.default.apiKey' && !inEnvironment) return STORED_DEFAULT
        return PLACES[showPath(path)] ?? PLACES[showPath(path.slice(0, -1))] ?? 'environment'
      }
    },
    notices: [...own ? [OWN_ADDRESS_NOTICE] : [], ...otherNames(variables, ownPort)]
  }
}

const OWN_ADDRESS_NOTICE: Notice = {
  code: 'endpoint-is-proxy',
  message: 'LANGSMITH_ENDPOINT (environment) is the address of this proxy and was ignored',
  hint: 'right for your apps; the proxy itself takes LANGSMITH_REGION, or LANGSMITH_ENDPOINT with another address'
}

function otherNames (variables: Variables, ownPort: unknown): readonly Notice[] {
  return OTHER_NAMES.flatMap(([other, right]) => {
    const value = variables[other]
    // The same under both names does no harm, apps need the address of the proxy, and a missing key is an error that names the other one.
    if (value === undefined || value === variables[right] || isOwnAddress(value, ownPort)) return []
    if (right === 'LANGSMITH_API_KEY' && variables[right] === undefined) return []
    return [{
      code: 'variable-renamed',
      message: `${other} (environment): not used, because the proxy reads ${right}`,
      hint: `if it is meant for the proxy, set ${right}; else there is nothing to do`
    }]
  })
}

/** True for an address on this machine with the port that the proxy listens on, whatever its path. */
export function isOwnAddress (address: string, ownPort: unknown): boolean {
  if (!URL.canParse(address)) return false
  const { protocol, hostname, port } = new URL(address)
  const dialled = port === '' ? { 'http:': 80, 'https:': 443 }[protocol] : Number(port)
  return isLoopback(withoutBrackets(hostname)) && dialled === ownPort
}

function compare (endpoint: string, region: string, mistakes: Mistakes): void {
  const parsed = parseUpstream(endpoint, { insecure: false })
  // A wrong address is reported with the route.
  if (parsed.mistake !== undefined || parsed.value.region === region) return
  mistakes.add('LANGSMITH_REGION', 'does not go with LANGSMITH_ENDPOINT, which is another place; keep one of them')
}

function workspaceOf ({ LANGSMITH_WORKSPACE_ID: written }: Variables, stored: StoredDefault | undefined): { readonly workspaceId?: string } {
  if (written !== undefined) return { workspaceId: 'env:LANGSMITH_WORKSPACE_ID' }
  return stored?.hasWorkspace === true ? { workspaceId: 'store:default#workspaceId' } : {}
}

function targetOf (endpoint: string | undefined, region: string | undefined, stored: StoredDefault | undefined): { readonly region: string } | { readonly upstream: string } {
  if (endpoint !== undefined) return { upstream: endpoint }
  if (region !== undefined) return { region }
  return stored?.endpoint === undefined ? { region: stored?.region ?? DEFAULT_REGION } : { upstream: stored.endpoint }
}

function hostsOf (endpoint: string | undefined): readonly string[] {
  if (endpoint === undefined || !URL.canParse(endpoint)) return []
  const { hostname } = new URL(endpoint)
  return hostname === '' ? [] : [hostname]
}
