// What the settings come to: the one object that the rest of the program reads. Every duration is in
// milliseconds, every size in bytes; every default is filled in. Made by load.ts, read by everybody.

import type { LimitSettings } from './limits.ts'
import type { PacingConfig } from './pacing.ts'
import type { RegionName } from './regions.ts'
import type { VaultSettings } from './vault-settings.ts'

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const
/** From all to nothing. */
export type LogLevel = typeof LOG_LEVELS[number]

/** Where a value is kept, e.g. `env:LANGSMITH_API_KEY`. Holds no secret; safe to print. */
export interface SecretReference {
  readonly scheme: string
  /** What follows the scheme, without `#field`: a variable, an absolute path, a program, a name. */
  readonly rest: string
  /** What follows `#`: the entry of a file, the field of a stored or Vault secret. */
  readonly field?: string
  /** Arguments of an `exec:` program. May hold anything, so they are never printed. */
  readonly args?: readonly string[]
  /** `scheme:rest`, as logs and messages show it. */
  readonly text: string
  /** Where the reference was set, for messages: `LANGSMITH_API_KEY (environment)` or `config.yaml:12 credentials.us.apiKey`. */
  readonly setAt: string
}

/** A LangSmith API origin plus base path. */
export interface Upstream {
  /** `scheme://host[:port]`, what is dialled. */
  readonly origin: string
  /** The Host header: `host[:port]`, the port only where it is not the scheme's own. */
  readonly host: string
  /** Without port and brackets. */
  readonly hostname: string
  /** True for an `https:` origin. */
  readonly tls: boolean
  /** Base path without its last slash; empty for none. With `selfHosted`, what comes before `/api`. */
  readonly basePath: string
  /** The base ended in `/api` or `/api/v1`: paths are mapped as routes/path.ts says. */
  readonly selfHosted: boolean
  /** Set for the LangSmith clouds and their private-link names. */
  readonly region: RegionName | undefined
}

export interface CredentialConfig {
  readonly name: string
  readonly apiKey: SecretReference
  /** A UUID as written in the config, or a reference to where it is kept. */
  readonly workspaceId: string | SecretReference | undefined
  readonly organizationId: string | undefined
  /** Host names, beyond LangSmith's own and loopback, that may get this key. */
  readonly hosts: readonly string[]
}

export interface RouteConfig {
  /** `/` or `/eu`: starts with a slash, never ends with one (but `/` itself). */
  readonly prefix: string
  readonly upstream: Upstream
  /** Name of a credential in `credentials`. */
  readonly credential: string
  /** Path of a PEM file that is trusted instead of the system's authorities. */
  readonly caFile: string | undefined
  /** Plain http beyond loopback was asked for by name. */
  readonly insecure: boolean
  /** Closed endpoints that were opened by name. */
  readonly open: readonly string[]
  /** Name of the role that holds for all who use this route, whoever they are. */
  readonly policy: string | undefined
  /** `host:port` of the egress proxy that this route goes through. */
  readonly egress: EgressProxy | undefined
}

/** One line of a role's list: which methods, on which paths. */
export interface RoleRule {
  /** In capitals; `*` is every method. GET is HEAD and OPTIONS too, which tell no more. */
  readonly method: string
  /** In lower case, without `/api`, a version and `platform` before them. In a segment, `*` is any text; the segment `**` is any number of segments. */
  readonly segments: readonly string[]
}

/** What a client, or whoever uses a route, may do. */
export interface RoleConfig {
  readonly name: string
  /** `report` lets everything pass; what would be denied is logged as `role.would_deny`. */
  readonly mode: 'enforce' | 'report'
  /** What is not here is denied. */
  readonly allow: readonly RoleRule[]
  /** Denied, also where `allow` has it. */
  readonly deny: readonly RoleRule[]
}

/** A company's forward proxy, from HTTPS_PROXY. */
export interface EgressProxy {
  /** The whole URL; may hold a password, so it is never printed. */
  readonly url: string
  /** `host:port`, for messages. */
  readonly shown: string
  /** The variable it came from. */
  readonly setAt: string
}

/** Something a person should know, which does not stop the start. */
export interface Notice {
  /** kebab-case, never renamed. */
  readonly code: string
  /** What is so, and where it was set: lower case, no final dot, no values. */
  readonly message: string
  /** What to do. */
  readonly hint: string
}

export interface Config {
  /** Where the routes come from: `environment`, or the path of the config file. */
  readonly source: string
  readonly listen: {
    /** Name or address, IPv6 without brackets. */
    readonly host: string
    /** 0 picks a free one. */
    readonly port: number
    /** Absolute path of a Unix socket; where it is set, host and port do nothing. */
    readonly socket: string | undefined
    /** Permissions of the socket, such as 0o600. */
    readonly mode: number
    /** Host names, besides the loopback ones, that requests may be addressed to; as in a Host header without its port: lower case, IPv6 in brackets. */
    readonly allowedHosts: readonly string[]
    readonly allowUnauthenticated: boolean
    /** TLS ends in front of the proxy. */
    readonly behindTlsProxy: boolean
    /** Absolute paths of PEM files; undefined for plain http. */
    readonly tls: { readonly cert: string, readonly key: string } | undefined
    /** Addresses, and networks such as `10.0.0.0/8`, whose X-Forwarded-For is believed. */
    readonly trustedProxies: readonly string[]
    /** Largest request body; undefined for no limit. */
    readonly bodyLimit: number | undefined
    /** Connections open at once, in all and from one address that is not loopback. */
    readonly maxConnections: number
    readonly maxConnectionsPerAddress: number
    /** Requests under way at once. */
    readonly maxInFlight: number
  }
  /** Second listener, for the three health pages and, on loopback, for stopping the proxy. */
  readonly admin: { readonly host: string, readonly port: number } | undefined
  readonly log: { readonly level: LogLevel, readonly format: 'auto' | 'json' | 'pretty' }
  readonly timeouts: {
    /** TCP and TLS together. */
    readonly connect: number
    /** From the last byte of the request to the first of the answer. */
    readonly firstByte: number
    /** Between two pieces of an answer, from the upstream and to the client; a stream may last for hours. */
    readonly idle: number
    /** Until the head of a request is whole, and between two pieces of its body. */
    readonly clientIdle: number
  }
  readonly drain: { readonly delay: number, readonly deadline: number }
  readonly secrets: {
    readonly allowLooseFileModes: boolean
    /** Start although a secret cannot be read; its routes answer 503 until it can. */
    readonly allowMissing: boolean
    /** For one read of an `exec:` or `vault:` value. */
    readonly timeout: number
  }
  /** Whether the key of each route is tried at the start; `strict` keeps the ready page at 503 until all are accepted. */
  readonly startup: { readonly check: 'off' | 'warn' | 'strict' }
  /** Whom read-only calls may ask why a key was refused. */
  readonly diagnosis: { readonly probe: 'off' | 'same-host' | 'regions' }
  readonly rotation: {
    /** Try a new key with one read-only call before it is used. */
    readonly test: boolean
    /** How long the old key is kept after a switch. */
    readonly overlap: number
    /** How often `exec:`, `vault:` and `store:` values are read again if they do not say when they expire; 0 for never. */
    readonly interval: number
  }
  readonly store: {
    readonly kind: 'auto' | 'keychain' | 'file'
    /** Absolute path of an age identity file. */
    readonly identityFile: string | undefined
  }
  readonly vault: VaultSettings
  readonly clients: {
    /** Absolute path of the file with the hashes of the client keys; need not be there. */
    readonly file: string
    /** Callers without a client key are refused. */
    readonly required: boolean
  }
  readonly limits: LimitSettings
  readonly pacing: PacingConfig
  /** Absolute path of the file that gets one line for each request; undefined for no record. */
  readonly audit: { readonly file: string | undefined }
  /** Beside the built-in ones. */
  readonly roles: readonly RoleConfig[]
  readonly credentials: readonly CredentialConfig[]
  readonly routes: readonly RouteConfig[]
  readonly notices: readonly Notice[]
}
