// From flags and environment to everything that the proxy needs: config, credentials, routes. Shared by
// the commands that run it and the one that only checks.

import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { textFlag } from './command.ts'
import type { CommandContext } from './command.ts'
import { CLOSED_ENDPOINT_NAMES } from '../access/endpoints.ts'
import { isLoopback } from '../config/addresses.ts'
import type { Config, Notice } from '../config/config.ts'
import { loadConfig } from '../config/load.ts'
import { ProxyError } from '../errors.ts'
import type { Route } from '../routes/route.ts'
import type { Credential } from '../secrets/credential.ts'
import { resolveCredentials } from '../secrets/resolve.ts'

export interface Prepared {
  readonly config: Config
  readonly routes: readonly Route[]
  readonly credentials: readonly Credential[]
  /** PEM text by file name. */
  readonly authorities: ReadonlyMap<string, string>
  readonly notices: readonly Notice[]
}

/** Reads the settings, as every command understands them. @throws ProxyError that lists every mistake. */
export function readConfig ({ env, flags }: Pick<CommandContext, 'env' | 'flags'>): Config {
  return loadConfig({
    env,
    flags: {
      config: textFlag(flags, 'config'),
      host: textFlag(flags, 'host'),
      port: textFlag(flags, 'port'),
      logLevel: textFlag(flags, 'log-level'),
      quiet: flags.quiet === true
    },
    readFile,
    homeConfigDir: join(env.XDG_CONFIG_HOME ?? join(homedir(), '.config'), 'langsmith-proxy'),
    resolvePath: resolve,
    closedEndpointNames: CLOSED_ENDPOINT_NAMES
  })
}

/** @throws ProxyError that says everything that is wrong with config, secrets or certificate files. */
export async function prepare (context: Pick<CommandContext, 'env' | 'flags'>): Promise<Prepared> {
  const { env } = context
  const config = readConfig(context)
  const routesOf = (name: string): RouteOf[] => config.routes.filter(({ credential }) => credential === name)
  const { credentials, notices } = await resolveCredentials(config.credentials, {
    env,
    uid: process.getuid?.(),
    allowLooseFileModes: config.secrets.allowLooseFileModes,
    routesOf: (name) => routesOf(name).map(({ prefix }) => prefix),
    loopbackOnly: (name) => routesOf(name).every(({ upstream }) => isLoopback(upstream.hostname))
  })
  forgetSecrets(config)
  const routes = config.routes.map((route) => ({ ...route, credential: credentialOf(credentials, route.credential) }))
  return {
    config, routes,
    credentials: [...credentials.values()],
    authorities: readAuthorities(config),
    notices: [...config.notices, ...notices]
  }
}

type RouteOf = Config['routes'][number]

// main.ts has taken away what is called a key; a reference may name any variable.
function forgetSecrets ({ credentials }: Config): void {
  for (const { apiKey } of credentials) if (apiKey.scheme === 'env') Reflect.deleteProperty(process.env, apiKey.rest)
}

function credentialOf (credentials: ReadonlyMap<string, Credential>, name: string): Credential {
  const credential = credentials.get(name)
  if (credential === undefined) throw new ProxyError('config-invalid', `credential "${name}" was not resolved`)
  return credential
}

function readFile (path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

function readAuthorities (config: Config): ReadonlyMap<string, string> {
  const authorities = new Map<string, string>()
  for (const { caFile, prefix } of config.routes) {
    if (caFile === undefined || authorities.has(caFile)) continue
    authorities.set(caFile, readAuthority(caFile, prefix))
  }
  return authorities
}

function readAuthority (path: string, prefix: string): string {
  try {
    const text = readFileSync(path, 'utf8')
    if (text.includes('-----BEGIN CERTIFICATE-----')) return text
  } catch (error) {
    throw new ProxyError('config-invalid', `the certificate file of route ${prefix} cannot be read: ${path}`, { cause: error, hint: 'correct "ca" of the route' })
  }
  throw new ProxyError('config-invalid', `the certificate file of route ${prefix} holds no PEM certificate: ${path}`, { hint: 'give a file with -----BEGIN CERTIFICATE-----' })
}
