// From what a person wrote (flags, variables, a file) to the one Config. All input comes in as
// arguments, and all mistakes go out at once.

import type { Config, CredentialConfig, Notice } from './config.ts'
import { buildCredentials } from './credentials.ts'
import { milliseconds } from './duration.ts'
import { presentVariables, readEnvironment, type Environment } from './environment.ts'
import { readFlags, type Flags } from './flags.ts'
import { LEAVES, readFlat } from './flat.ts'
import { buildAdmin, buildListen, checkListen, socketNotices } from './listen.ts'
import { buildLimits, limitNotices } from './limits.ts'
import { Mistakes } from './mistakes.ts'
import { buildPacing } from './pacing.ts'
import { isOwnAddress, QUICK_START_VARIABLES, type StoredDefault } from './quick-start.ts'
import { buildRoles } from './roles.ts'
import { buildRoutes, routeNotices } from './routes.ts'
import { showPath } from './schema-node.ts'
import type { GeneralSettings } from './schema.ts'
import { baseOf, readSource } from './source.ts'
import { withOverrides, type Override } from './tree.ts'
import { checkTree } from './validate.ts'

/** Beside the config file, or where that would be. */
const CLIENTS_FILE = 'clients.yaml'

export interface ConfigInput {
  /** Usually `process.env`. */
  readonly env: Environment
  readonly flags?: Flags
  /** Text of a file, undefined if it is not there; throws if it cannot be read. */
  readonly readFile: (path: string) => string | undefined
  /** `$XDG_CONFIG_HOME/langsmith-proxy`. */
  readonly homeConfigDir: string
  /** An absolute path; relative ones start at `base`. */
  readonly resolvePath: (base: string, path: string) => string
  /** What a route may have under "open". */
  readonly closedEndpointNames: readonly string[]
  /** What `init` stored beside the key; for a second reading, once it is known that the stored key is used. */
  readonly storedDefault?: StoredDefault | undefined
}

/**
 * Reads all settings: flag over environment over file over default. Reads no secret.
 *
 * @throws ProxyError that lists every mistake, one per line, with its place and what is accepted, never
 * a value: `config-invalid`, or
 * `listen-refused` if it is a listener beyond this machine that was not asked for by name.
 */
export function loadConfig (input: ConfigInput): Config {
  const mistakes = new Mistakes()
  const variables = presentVariables(input.env)
  const environment = readEnvironment(variables, mistakes)
  const fromFlags = readFlags(input.flags ?? {}, mistakes)
  const overrides = [...readFlat(environment.settings, mistakes), ...readFlat(fromFlags, mistakes)]
  const source = readSource({ ...input, configFlag: input.flags?.config }, variables, portOf(overrides), mistakes)
  if (source === undefined) throw mistakes.toError()

  const tree = withOverrides(source.tree, overrides)
  const { place } = tree
  const { general, listen, clientsRequired, credentials: credentialEntries, roles: roleEntries, routes: routeEntries } = checkTree(tree, mistakes)
  const resolve = (path: string) => input.resolvePath(baseOf(source), path)
  const setAt: typeof place = (path) => source.file === undefined ? `${place(path)} (environment)` : place(path)
  const credentials = buildCredentials(credentialEntries, { place, setAt, resolve }, mistakes)
  const egressEnv = general?.egress.proxy === 'none' ? {} : input.env
  const { closedEndpointNames } = input
  const roles = buildRoles(roleEntries, place, mistakes)
  const routes = buildRoutes(routeEntries, { place, resolve, credentials, closedEndpointNames, egressEnv, mistakes })
  const isSocket = general?.listen.socket !== undefined
  const policy = isSocket && listen !== undefined ? { ...listen, host: 'localhost', trustedProxies: [] } : listen // as much of this machine as loopback
  const listenNotices = [
    ...isSocket ? socketNotices(tree.value.listen, place) : [],
    ...policy === undefined ? [] : checkListen(policy, clientsRequired, place, mistakes)
  ]
  const listenSettings = general === undefined ? undefined : buildListen(general.listen, { place, resolve, mistakes })
  const admin = general === undefined ? undefined : buildAdmin(general.admin, place, mistakes)
  const limits = general === undefined ? undefined : buildLimits(general.limits, { place, setAt, resolve, mistakes })
  const pacing = general === undefined ? undefined : buildPacing(general.pacing, place, mistakes)
  if (general === undefined || listenSettings === undefined || limits === undefined || pacing === undefined || mistakes.any) throw mistakes.toError()

  const unused = source.file === undefined ? [] : unusedVariables(variables, general.listen.port, credentials)
  return {
    source: source.file ?? 'environment',
    listen: listenSettings,
    admin,
    log: general.log,
    timeouts: inMilliseconds(general.timeouts),
    drain: inMilliseconds(general.drain),
    secrets: { ...general.secrets, timeout: milliseconds(general.secrets.timeout) },
    startup: general.startup,
    diagnosis: general.diagnosis,
    rotation: { test: general.rotation.test, overlap: milliseconds(general.rotation.overlap), interval: milliseconds(general.rotation.interval) },
    store: { kind: general.store.kind, identityFile: absolute(general.store.identityFile, resolve) },
    vault: vaultSettings(general.vault, resolve),
    clients: {
      file: source.file === undefined && general.clients.file === undefined ? input.resolvePath(input.homeConfigDir, CLIENTS_FILE) : resolve(general.clients.file ?? CLIENTS_FILE),
      required: general.clients.required
    },
    limits,
    pacing,
    audit: { file: absolute(general.audit.file, resolve) },
    roles,
    credentials,
    routes,
    notices: [...environment.notices, ...source.notices, ...unused, ...listenNotices, ...limitNotices(limits, general.clients.required, place), ...routeNotices(routes, credentials, place)]
  }
}

function portOf (overrides: readonly Override[]): unknown {
  return overrides.findLast(({ path }) => showPath(path) === 'listen.port')?.value ?? LEAVES.get('LANGSMITH_PROXY_LISTEN_PORT')?.node.default
}

function absolute (path: string | undefined, resolve: (path: string) => string): string | undefined {
  return path === undefined ? undefined : resolve(path)
}

function vaultSettings ({ address, namespace, ca, auth, mount, role, roleId, secretIdFile, tokenFile, jwtFile, insecure }: GeneralSettings['vault'], resolve: (path: string) => string): Config['vault'] {
  const [caFile, secretId, token, jwt] = [ca, secretIdFile, tokenFile, jwtFile].map((path) => absolute(path, resolve))
  return { address, namespace, auth, mount, role, roleId, insecure, ca: caFile, secretIdFile: secretId, tokenFile: token, jwtFile: jwt }
}

function inMilliseconds<Times extends GeneralSettings['timeouts'] | GeneralSettings['drain']> (times: Times): Readonly<Record<keyof Times, number>> {
  const entries = Object.entries(times).map(([name, text]: [string, string]) => [name, milliseconds(text)])
  return Object.fromEntries(entries) as Record<keyof Times, number>
}

// With a file they are read only where a reference names them, which surprises people.
function unusedVariables (variables: Readonly<Record<string, string>>, port: number, credentials: readonly CredentialConfig[]): readonly Notice[] {
  const references = credentials.flatMap(({ apiKey, workspaceId }) => [apiKey, workspaceId])
  const used = references.flatMap((reference) => typeof reference === 'object' && reference.scheme === 'env' ? [reference.rest] : [])
  const unused = QUICK_START_VARIABLES.filter((name) => {
    const value = variables[name]
    // Apps that share this environment need their endpoint to be the proxy.
    const isForApps = name === 'LANGSMITH_ENDPOINT' && value !== undefined && isOwnAddress(value, port)
    return value !== undefined && !used.includes(name) && !isForApps
  })
  if (unused.length === 0) return []
  return [{
    code: 'variables-unused',
    message: `${unused.join(', ')} (environment): not used as settings, because there is a config file`,
    hint: 'name what you need in the file, such as apiKey: env:LANGSMITH_API_KEY'
  }]
}
