// From flags and environment to everything that the proxy needs: config, credentials, routes. Shared by
// the commands that run it and the one that only checks.

import { homedir } from 'node:os'
import { resolve } from 'node:path'
import process from 'node:process'
import { isDeepStrictEqual } from 'node:util'
import { textFlag } from './command.ts'
import type { CommandContext } from './command.ts'
import { readAuthorities } from './authorities.ts'
import { clientNotices, openClients, personalKeyNotices } from './clients-of.ts'
import { endingWithSignals } from './ending-signals.ts'
import { readTextFile } from './read-text.ts'
import { configDir } from './folders.ts'
import { storeOf } from './stored.ts'
import { CLOSED_ENDPOINT_NAMES } from '../access/endpoints.ts'
import { readRedisAddress } from '../access/limits/redis-address.ts'
import type { LivePlan } from '../proxy.ts'
import { isLoopback } from '../config/addresses.ts'
import type { Config, Notice } from '../config/config.ts'
import { loadConfig } from '../config/load.ts'
import type { StoredDefault } from '../config/quick-start.ts'
import { ProxyError } from '../errors.ts'
import type { CredentialSlot } from '../secrets/slot.ts'
import { resolveCredentials, variablesOf } from '../secrets/resolve.ts'
import type { Resolved } from '../secrets/resolve.ts'
import type { SecretStore } from '../secrets/store/store.ts'
import { createMasks } from '../swap/masks.ts'
import type { Masks } from '../swap/masks.ts'

/** All that it takes to serve. */
export interface Servable extends LivePlan {
  readonly notices: readonly Notice[]
  readonly masks: Masks
}

export interface Prepared extends Servable {
  /** As it was opened for this process: it may hold a passphrase. */
  readonly store: SecretStore
}

// The programs of exec: have a process group of their own, so the end of this one would not reach them.
const ending = new AbortController()
process.once('exit', () => { ending.abort() })

/** Whose secrets these are, for the masks; no credential has this name. */
const REDIS = 'limits.redis'

type Context = Pick<CommandContext, 'env' | 'flags'>

/**
 * Reads the settings, as every command understands them.
 *
 * @param again - The proxy is running.
 * @throws ProxyError that lists every mistake.
 */
export function readConfig ({ env, flags }: Context, storedDefault?: StoredDefault, again = false): Config {
  return loadConfig({
    env,
    flags: {
      config: textFlag(flags, 'config'),
      host: textFlag(flags, 'host'),
      port: textFlag(flags, 'port'),
      logLevel: textFlag(flags, 'log-level'),
      quiet: flags.quiet === true,
      allowMissingSecrets: flags['allow-missing-secrets'] === true
    },
    readFile: (path) => readFile(path, again),
    homeConfigDir: configDir(env),
    resolvePath: resolve,
    closedEndpointNames: CLOSED_ENDPOINT_NAMES,
    storedDefault
  })
}

/**
 * @param before - What is in use now, at a reload: its secrets stay as they are, versions and all.
 * @throws ProxyError that says everything that is wrong with config, secrets or certificate files.
 */
export async function prepare (context: Context, before?: Prepared): Promise<Prepared> {
  const { env } = context
  const masks = before?.masks ?? createMasks()
  const again = before !== undefined
  const first = readConfig(context, undefined, again)
  const store = before?.store ?? storeOf(first, context)
  const config = await withStoredDefault(first, store, context)
  const read = (): Promise<Resolved> => readSecrets(config, { env, store, masks, existing: keptSlots(config, before) })
  const secrets = await (again ? read() : endingWithSignals(read, () => { ending.abort() }))
  const redis = await readRedisAddress(config.limits.redis, secrets.sourceFor, (secret) => { masks.learn(secret, REDIS) })
  const clients = await openClients(config, before?.clients) // last: secrets can take seconds, in which somebody may be revoked
  forgetSecrets(config)
  return {
    config, masks, store, secrets, redis, clients,
    routes: config.routes.map((route) => ({ ...route, credential: slotOf(secrets.slots, route.credential) })),
    authorities: readAuthorities(config, again),
    notices: [...config.notices, ...secrets.notices, ...clientNotices(config, clients.current), ...personalKeyNotices(config, secrets.slots)]
  }
}

/** `init` also stored where its key belongs, which a start without config file and variables follows. */
async function withStoredDefault (config: Config, store: SecretStore, context: Context): Promise<Config> {
  const [credential] = config.credentials
  if (config.source !== 'environment' || credential?.apiKey.scheme !== 'store') return config
  const entry = await store.read(credential.apiKey.rest)
  // A key that comes later must not go where only the environment says.
  if (entry === undefined) return config.secrets.allowMissing ? readConfig(context, NOTHING_STORED) : config
  const { region, endpoint, workspaceId } = entry
  return readConfig(context, { region, endpoint, hasWorkspace: workspaceId !== undefined })
}

const NOTHING_STORED: StoredDefault = { region: undefined, endpoint: undefined, hasWorkspace: false }

interface SecretAccess {
  readonly env: Context['env']
  readonly store: SecretStore
  readonly masks: Masks
  readonly existing: readonly CredentialSlot[]
}

function readSecrets (config: Config, { env, store, masks, existing }: SecretAccess): Promise<Resolved> {
  const routesOf = (name: string): RouteOf[] => config.routes.filter(({ credential }) => credential === name)
  return resolveCredentials(config.credentials, {
    env, store, existing,
    uid: process.getuid?.(),
    homeDir: homedir(),
    privateVariables: new Set([...secretVariables(config), 'LANGSMITH_API_KEY']),
    maskText: masks.maskText,
    ending: ending.signal,
    onSecret: masks.learn,
    now: Date.now,
    vault: config.vault,
    ...config.secrets,
    routesOf: (name) => routesOf(name).map(({ prefix }) => prefix),
    upstreamsOf: (name) => routesOf(name).map(({ upstream }) => upstream),
    loopbackOnly: (name) => staysHere(config, name)
  })
}

/** Whether all routes of a credential lead to this machine. */
function staysHere ({ routes }: Config, name: string): boolean {
  return routes.filter(({ credential }) => credential === name).every(({ upstream }) => isLoopback(upstream.hostname))
}

/**
 * What is in use stays as it is, but for a credential whose routes lead elsewhere now: what is kept in its place by now may
 * be another key, made for there, and the one in use must not follow.
 */
function keptSlots (config: Config, before: Prepared | undefined): readonly CredentialSlot[] {
  return before?.secrets.slots.filter(({ name }) => isDeepStrictEqual(targetsOf(before.config, name), targetsOf(config, name))) ?? []
}

/** Where a credential goes. */
function targetsOf ({ routes }: Config, name: string): ReadonlySet<string> {
  return new Set(routes.filter(({ credential }) => credential === name).map(({ upstream }) => upstream.origin + upstream.basePath))
}

/** Variables that the config refers to. */
export function secretVariables ({ credentials, limits: { redis } }: Config): ReadonlySet<string> {
  return variablesOf(typeof redis === 'object' ? [...credentials, { apiKey: redis, workspaceId: undefined }] : credentials)
}

type RouteOf = Config['routes'][number]

// main.ts has taken away what is called a key; a reference may name any variable.
function forgetSecrets (config: Config): void {
  for (const name of secretVariables(config)) Reflect.deleteProperty(process.env, name)
}

function slotOf (slots: readonly CredentialSlot[], name: string): CredentialSlot {
  const slot = slots.find((known) => known.name === name)
  if (slot === undefined) throw new ProxyError('config-invalid', `credential "${name}" was not resolved`)
  return slot
}

function readFile (path: string, again: boolean): string | undefined {
  try {
    return readTextFile(path, again)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
