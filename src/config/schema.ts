// The one list of settings. Types, validation, variables, --help, the reference page and the
// schema for editors are all derived from it.
//
// It holds the whole tree from the first version on, so that files written for a later version fail
// with "not available yet" instead of "no such setting". A default of such a part asks for nothing.

import { Type, type Static, type TOptional, type TString } from 'typebox'
import { BUDGETS } from './budgets.ts'
import type { BudgetName } from './budgets.ts'
import { LOG_LEVELS } from './config.ts'
import { REGION_NAMES } from './regions.ts'
import { choice, count, duration, flag, group, hostList, networkList, port, rate, ruleList, text, textOrList } from './schema-parts.ts'

const generalParts = {
  listen: group('Where the proxy takes requests.', {
    host: Type.String({ description: 'Name or address to listen on; anything but loopback needs clients.required and listen.tls or listen.behindTlsProxy, or listen.allowUnauthenticated.', default: 'localhost', expects: 'a host name or address' }),
    port: port('Port to listen on; 0 picks a free one.', { default: 5764 }),
    allowedHosts: hostList('Names, besides localhost, that requests may be addressed to.'),
    allowUnauthenticated: flag('Listen beyond this machine although callers prove nothing: everyone who reaches the address can use your keys.'),
    bodyLimit: Type.Optional(Type.Integer({ description: 'Largest request body in bytes; no limit when left out.', minimum: 1 })),
    maxConnections: count('Connections that may be open at once; each one more is told 503 and closed.', { default: 4000 }),
    maxConnectionsPerAddress: count('Connections that one address may have open at once; loopback, which all programs of a machine share, is not counted.', { default: 1000 }),
    maxInFlight: count('Requests that may be under way at once; more are answered with 503.', { default: 2000 }),
    socket: Type.Optional(text('Unix socket to listen on, in place of host and port, which then do nothing.', 'a path')),
    mode: Type.String({ description: 'Permissions of the Unix socket: who may write to it may use your keys.', default: '0600', pattern: '^0?[0-7]{3}$', expects: 'octal permissions in quotes, such as "0600"' }),
    behindTlsProxy: flag('Something in front of the proxy speaks TLS, so client keys do not cross the network in plain text; it needs clients.required.'),
    trustedProxies: networkList('Addresses and networks of what stands in front of the proxy: only from there X-Forwarded-For says who calls; it needs clients.required.'),
    tls: group('TLS on the port, with a certificate of its own; both files are read again when they change.', {
      cert: Type.Optional(text('PEM file with the certificate, and those of the authorities in between after it.', 'a path')),
      key: Type.Optional(text('PEM file with its private key, without passphrase.', 'a path'))
    })
  }),
  admin: group('Second listener for health pages and, where it is on loopback, for "langsmith-proxy stop"; there is none without a port.', {
    host: Type.String({ description: 'Name or address of the second listener; may be 0.0.0.0, for the probes of an orchestrator.', default: 'localhost', expects: 'a host name or address' }),
    port: Type.Optional(port('Port of the second listener; 0 picks a free one.'))
  }),
  log: group('What is written to stderr.', {
    level: choice('Least level that is logged.', LOG_LEVELS, { default: 'info' }),
    format: choice('auto is pretty on a terminal, json elsewhere.', ['auto', 'json', 'pretty'], { default: 'auto' })
  }),
  egress: group('The way out.', {
    proxy: choice('env goes through the forward proxy of HTTPS_PROXY, none goes direct.', ['env', 'none'], { default: 'env' })
  }),
  timeouts: group('How long the proxy waits.', {
    connect: duration('For the connection to LangSmith, TLS included.', { default: '10s' }),
    firstByte: duration('From the last byte of a request to the first of its answer.', { default: '120s' }),
    idle: duration('Between two pieces of an answer; also how long a client may take to read the next.', { default: '300s' }),
    clientIdle: duration('Until the head of a request is whole, and between two pieces of its body.', { default: '60s' })
  }),
  drain: group('What happens on SIGTERM and SIGINT.', {
    delay: duration('How long new requests are still taken.', { default: '0s', zero: true }),
    deadline: duration('How long requests in flight may take before they are cut.', { default: '10s', zero: true })
  }),
  secrets: group('How secrets are read.', {
    allowLooseFileModes: flag('Accept secret files of your own that other users can read.'),
    allowMissing: flag('Start although a secret cannot be read; its routes answer 503 until it can, as --allow-missing-secrets.'),
    timeout: duration('For one read of an exec: or vault: value.', { default: '10s' })
  }),
  store: group('Where store: values are kept, by "langsmith-proxy secrets set" and "init".', {
    kind: choice('auto is the keychain of the system where there is one, else an encrypted file.', ['auto', 'keychain', 'file'], { default: 'auto' }),
    identityFile: Type.Optional(text('age identity that opens the encrypted file; beside that file it protects nothing.', 'a path'))
  }),
  vault: group('HashiCorp Vault or OpenBao, for vault: values.', {
    address: Type.Optional(text('Address of the server; VAULT_ADDR if left out.', 'an address such as https://vault.example.com:8200')),
    namespace: Type.Optional(text('Namespace; VAULT_NAMESPACE if left out.', 'a namespace')),
    ca: Type.Optional(text('PEM file with the authorities to trust instead of the system\'s; VAULT_CACERT if left out.', 'a path')),
    auth: choice('How to log in: token is VAULT_TOKEN, else tokenFile, else ~/.vault-token.', ['token', 'approle', 'kubernetes'], { default: 'token' }),
    mount: Type.Optional(text('Where the auth method is mounted; approle or kubernetes if left out.', 'a path without /')),
    role: Type.Optional(text('Role of the Kubernetes auth method.', 'a name')),
    roleId: Type.Optional(text('Role ID of the AppRole auth method.', 'an ID')),
    secretIdFile: Type.Optional(text('File with the secret ID of the AppRole auth method.', 'a path')),
    tokenFile: Type.Optional(text('File with the token, such as the one that Vault Agent writes.', 'a path')),
    jwtFile: Type.Optional(text('File with the service account token of the pod; the usual one if left out.', 'a path')),
    insecure: flag('Allow plain http beyond this machine; everyone on the way can read the key.')
  }),
  startup: group('What is tested at the start.', {
    check: choice('Try the key of each route with one read-only call: warn reports what LangSmith says, strict also keeps /-/ready at 503 until it accepts every key.', ['off', 'warn', 'strict'], { default: 'warn' })
  }),
  diagnosis: group('How refusals are explained.', {
    probe: choice('Whom to ask, with read-only calls, why a key was refused: same-host asks only hosts that hold the key already, regions also the other LangSmith regions, which sends them the key; off asks nobody, and then startup.check: warn does not either.', ['off', 'same-host', 'regions'], { default: 'same-host' })
  }),
  rotation: group('What happens when a secret changes.', {
    test: Type.Boolean({ description: 'Try a new key with one read-only call, of at most 2 seconds, before it is used.', default: true }),
    overlap: duration('How long the old key is kept, in case that LangSmith refuses the new one.', { default: '10m', zero: true }),
    interval: duration('How often exec:, vault: and store: values are read again, if they do not say when they expire; 0s for never.', { default: '15m', zero: true })
  }),
  clients: group('Client keys: who may call the proxy.', {
    file: Type.Optional(text('File with the hashes of the client keys, which "langsmith-proxy clients" writes; clients.yaml beside the config file if left out.', 'a path')),
    required: flag('Refuse callers without a client key.')
  }),
  limits: group('Limits of each client; callers without a client key have none of their own.', {
    requests: Type.Optional(rate('Requests that each client may send to LangSmith in a time; more are answered with 429.')),
    inFlight: Type.Optional(count('Requests of each client that may be under way at once, in this proxy; more are answered with 429.')),
    redis: Type.Optional(text('Redis in which several proxies count limits.requests together: a reference to its address, or the address if it has no password.', 'a reference such as env:REDIS_URL, or an address without password such as redis://redis.example.com:6379')),
    onRedisFailure: choice('While Redis cannot be reached: open lets each proxy count by itself, closed refuses clients with 503.', ['open', 'closed'], { default: 'open' })
  }),
  pacing: group('How requests of several clients share what LangSmith allows one key.', {
    mode: choice('on holds requests back before a budget is spent, each client in turn; off sends everything at once.', ['on', 'off'], { default: 'on' }),
    maxWait: duration('How long a request may wait for its turn, at most 10s, which is what SDKs wait for; what would take longer is answered with 429.', { default: '8s', zero: true }),
    maxWaiting: count('How many requests may wait for one key.', { default: 500 }),
    share: Type.Integer({ description: 'Percent of each budget that this proxy may spend; the rest is for others that use the same key, such as further replicas.', minimum: 1, maximum: 100, default: 100 }),
    budgets: group('What LangSmith allows one key, where it is not what is published.', budgetSettings())
  }),
  audit: group('Record of who did what.', {
    file: Type.Optional(text('File that gets one JSON line for each request that reached a route; SIGHUP opens it anew, for log rotation.', 'a path'))
  })
}

/** One for each budget. */
function budgetSettings (): Record<BudgetName, TOptional<TString>> {
  const settings = Object.entries(BUDGETS).map(([name, { about }]) => [name, Type.Optional(rate(`Requests for ${about}.`))])
  return Object.fromEntries(settings) as Record<BudgetName, TOptional<TString>>
}

const reference = 'a reference such as env:LANGSMITH_API_KEY or file:/run/secrets/langsmith-api-key, not the key itself'

/** A named pair: API key and, if the key covers several workspaces, the workspace. */
export const CredentialSchema = Type.Object({
  apiKey: textOrList('Where the API key is kept, as scheme:rest; the words of an exec: command may be a list.', reference),
  workspaceId: Type.Optional(text('Sent as X-Tenant-Id: the workspace\'s UUID, or a reference to where it is kept.', 'a UUID in quotes, or a reference such as env:LANGSMITH_WORKSPACE_ID')),
  organizationId: Type.Optional(Type.String({ description: 'Sent as X-Organization-Id.', pattern: '^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$', expects: 'a UUID in quotes' })),
  hosts: hostList('Hosts, besides those of LangSmith and loopback, that may get this key.')
}, { description: 'An API key and what goes with it.', additionalProperties: false, expects: 'a group of settings with at least apiKey' })

/** Path prefix → upstream + credential. */
export const RouteSchema = Type.Object({
  prefix: Type.String({ description: 'Paths below it take this route and lose the prefix; / takes what no other route has.', expects: 'a path such as / or /eu' }),
  region: Type.Optional(Type.Enum([...REGION_NAMES], { type: 'string', description: 'LangSmith cloud that this route goes to; either this or upstream.' })),
  upstream: Type.Optional(text('Address of another LangSmith, e.g. a self-hosted one; either this or region.', 'an address such as https://langsmith.example.com/api/v1')),
  credential: Type.String({ description: 'Name of the credential for this route.', expects: 'the name of a credential' }),
  ca: Type.Optional(text('PEM file with the authorities to trust instead of the system\'s, for a company\'s own certificates.', 'a path')),
  insecure: flag('Allow plain http beyond this machine; everyone on the way can read the key.'),
  open: Type.Array(Type.String({ expects: 'the name of a closed endpoint' }), { description: 'Closed endpoints, which hand out credentials, to open on this route.', default: [], expects: 'a list of closed endpoints' }),
  policy: Type.Optional(Type.String({ description: 'Role that holds for all who use this route, with or without a client key.', expects: 'the name of a role' }))
}, { description: 'Where the requests below a prefix go, and with which key.', additionalProperties: false, expects: 'a group of settings such as { prefix: /, region: us, credential: us }' })

/** What may be done, by name. */
export const RoleSchema = Type.Object({
  mode: choice('report lets everything pass and logs what would be denied (role.would_deny).', ['enforce', 'report'], { default: 'enforce' }),
  allow: ruleList('What the role allows, such as GET /sessions/**; * is any text within a segment, ** any number of segments.', {}),
  deny: ruleList('What it denies nevertheless.', { default: [] })
}, { description: 'What a client may do.', additionalProperties: false, expects: 'a group of settings such as { allow: ["GET /sessions/**"] }' })

/** The part of `listen` that decides whether the proxy may listen there at all. */
export const ListenPolicySchema = Type.Object({
  host: generalParts.listen.properties.host,
  allowUnauthenticated: generalParts.listen.properties.allowUnauthenticated,
  behindTlsProxy: generalParts.listen.properties.behindTlsProxy,
  trustedProxies: generalParts.listen.properties.trustedProxies,
  tls: generalParts.listen.properties.tls
})

/** Everything but credentials and routes: each leaf of it has a variable. */
export const GeneralSchema = Type.Object(generalParts, { additionalProperties: false })

/** The config file. */
export const FileSchema = Type.Object({
  ...generalParts,
  credentials: Type.Record(Type.String({ pattern: '^(?!ls_|lsv2_)[A-Za-z][A-Za-z0-9_-]{0,39}$' }), CredentialSchema, {
    description: 'API keys by name.', additionalProperties: false, minProperties: 1, expects: 'at least one named credential such as us: { apiKey: "env:LANGSMITH_API_KEY" }'
  }),
  roles: Type.Record(Type.String({ pattern: '^(?!ls_|lsv2_|lsp_)[A-Za-z][A-Za-z0-9_-]{0,39}$' }), RoleSchema, {
    description: 'Roles of your own by name, beside those that the proxy has (docs/roles.md).', additionalProperties: false, default: {}, expects: 'roles by name such as reader: { allow: ["GET /sessions/**"] }'
  }),
  routes: Type.Array(RouteSchema, { description: 'What goes where.', minItems: 1, expects: 'a list of at least one route such as { prefix: /, region: us, credential: us }' })
}, { additionalProperties: false, expects: 'settings in the form name: value' })

export type GeneralSettings = Static<typeof GeneralSchema>
export type ListenPolicy = Static<typeof ListenPolicySchema>
export type CredentialSettings = Static<typeof CredentialSchema>
export type RouteSettings = Static<typeof RouteSchema>
export type RoleSettings = Static<typeof RoleSchema>
