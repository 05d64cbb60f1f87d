// A stand-in for HashiCorp Vault and OpenBao, for tests: no real one can be had here. It does what their
// public documentation says, nothing that was guessed; each behaviour names its page. V: is
// developer.hashicorp.com/vault, B: is openbao.org. Where only OpenBao's public source says it, that is named.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Test } from 'tap'
import { startUpstream } from './upstream.ts'

type Fields = Readonly<Record<string, unknown>>

export interface VaultRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: Fields
}

export interface TestVaultOptions {
  readonly tls?: { readonly key: string, readonly cert: string }
  /** What comes before /v1/, as behind a reverse proxy. */
  readonly basePath?: string
  /** The one that everything is in. */
  readonly namespace?: string
  /** Milliseconds since 1970, for leases. */
  readonly now?: () => number
  /** Of tokens from a login, in seconds; 0 for ever. */
  readonly lease?: number
  readonly renewable?: boolean
  /** Awaited before each answer, to have answers overtake each other. */
  readonly before?: (request: VaultRequest) => Promise<void>
}

export interface TestVault {
  readonly url: string
  /** Oldest first; live. */
  readonly requests: readonly VaultRequest[]
  /** Requests as `GET secret/data/name`. */
  readonly log: () => readonly string[]
  /** Stores a new version in the KV engine of version 2 at secret/. */
  readonly putV2: (name: string, data: Fields) => void
  readonly removeV2: (name: string, how: 'deleted' | 'destroyed') => void
  /** Stores in the KV engine of version 1 at kv/. */
  readonly putV1: (name: string, data: Fields) => void
  /** Stores what an engine of dynamic secrets answers, with a lease, at dynamic/. */
  readonly putDynamic: (name: string, data: Fields, lease: number) => void
  readonly forbid: (path: string) => void
  readonly addToken: (token: string) => void
  readonly revoke: (token: string) => void
  /** Tokens that logins gave, oldest first; live. */
  readonly given: readonly string[]
  /** While set, every request is answered with it. */
  outage: { readonly status: number, readonly errors: readonly string[], readonly location?: string } | undefined
}

/** What logins need. */
export const TEST_ROLE_ID = 'role-id-59d6d1ca'
export const TEST_SECRET_ID = 'canary-secret-id-84896a0c'
export const TEST_POD_ROLE = 'dev-role'
export const TEST_JWT = 'canary-jwt-eyJhbGciOiJIUzI1NiJ9'

/** Starts it on a free port of 127.0.0.1; it ends with the test. */
export async function startVault (t: Test, options: TestVaultOptions = {}): Promise<TestVault> {
  const { basePath = '', namespace, now = Date.now, lease = 1200, renewable = true, before } = options
  const requests: VaultRequest[] = []
  const given: string[] = []
  const tokens = new Map<string, number>() // to the end of its lease
  const forbidden = new Set<string>()
  const versions = new Map<string, { data: Fields | null, deleted: string, destroyed: boolean }>()
  const plain = new Map<string, { data: Fields, leaseId: string, lease: number }>()

  const readV2 = (name: string): Reply => {
    const found = versions.get(name)
    if (found === undefined) return absent()
    // V:/api-docs/secret/kv/kv-v2#read-secret-version has the form; that a deleted or destroyed version is a
    // 404 with its metadata and data null is in openbao/openbao builtin/logical/kv/path_data.go.
    const metadata = { created_time: '2018-03-22T02:24:06.945319214Z', custom_metadata: null, deletion_time: found.deleted, destroyed: found.destroyed, version: 2 }
    return { status: found.data === null ? 404 : 200, ...envelope({ data: { data: found.data, metadata } }) }
  }
  const logIn = (): Reply => {
    const token = `hvs.canary-login-${given.length + 1}`
    given.push(token)
    tokens.set(token, lease === 0 ? Infinity : now() + lease * 1000) // V:/docs/concepts/tokens#root-tokens: some never expire
    // V:/api-docs/auth/approle#login-with-approle, /api-docs/auth/kubernetes#login
    return { status: 200, ...envelope({ auth: { client_token: token, accessor: 'fd6c9a00', token_policies: ['default'], metadata: null, lease_duration: lease, renewable } }) }
  }
  const reply = ({ method, path, headers, body }: VaultRequest): Reply => {
    if (method === 'POST' && path === 'auth/approle/login') {
      // 400 for these words: B:/api-docs#http-status-codes, builtin/credential/approle/path_login.go
      return body.role_id === TEST_ROLE_ID && body.secret_id === TEST_SECRET_ID ? logIn() : refused(400, 'invalid role or secret ID')
    }
    // A login at a mount that does not exist needs a token, which is 403: hashicorp/vault-secrets-operator issue 316.
    if (method === 'POST' && path === 'auth/kubernetes/login') {
      return body.role === TEST_POD_ROLE && body.jwt === TEST_JWT ? logIn() : refused(403, 'permission denied')
    }
    const token = String(headers['x-vault-token'])
    // V:/api-docs#http-status-codes: 403 for wrong authentication details and for what a policy does not allow.
    if (now() >= (tokens.get(token) ?? -Infinity) || forbidden.has(path)) return refused(403, 'permission denied')
    if (method === 'POST' && path === 'auth/token/renew-self') { // V:/api-docs/auth/token#renew-a-token-self
      tokens.set(token, now() + lease * 1000)
      return { status: 200, ...envelope({ auth: { client_token: token, policies: ['web'], metadata: {}, lease_duration: lease, renewable } }) }
    }
    const [, mount = '', name = ''] = /^([^/]+)\/(.*)$/.exec(path) ?? []
    if (mount === 'secret') {
      if (name.startsWith('data/')) return readV2(name.slice('data/'.length))
      // The warning: builtin/logical/kv/backend.go, pathInvalid.
      return { status: 404, ...envelope({ warnings: ['Invalid path for a versioned K/V secrets engine. See the API docs for the appropriate API endpoints to use.'] }) }
    }
    // Measured by others: rustfs/rustfs pull 6043 (Vault 1.17.6, both forms of 404), hashicorp/vault issue 28233.
    if (mount !== 'kv' && mount !== 'dynamic') return refused(404, `no handler for route "${path}". route entry not found.`)
    const found = plain.get(path)
    if (found === undefined) return absent()
    return { status: 200, ...envelope({ data: found.data, lease_id: found.leaseId, lease_duration: found.lease }) }
  }

  const vault: Omit<TestVault, 'url'> = {
    requests, given, outage: undefined,
    log: () => requests.map(({ method, path }) => `${method} ${path}`),
    putV2: (name, data) => { versions.set(name, { data, deleted: '', destroyed: false }) },
    removeV2: (name, how) => { versions.set(name, { data: null, deleted: how === 'deleted' ? '2018-03-22T02:36:43.986212308Z' : '', destroyed: how === 'destroyed' }) },
    // The duration of KV version 1 is advice, and there is no lease ID: V:/api-docs/secret/kv/kv-v1#read-secret, /docs/secrets/kv/kv-v1#ttls
    putV1: (name, data) => { plain.set(`kv/${name}`, { data, leaseId: '', lease: 2_764_800 }) },
    // V:/docs/concepts/lease#lease-ids
    putDynamic: (name, data, seconds) => { plain.set(`dynamic/${name}`, { data, leaseId: `dynamic/${name}/2f6a614c`, lease: seconds }) },
    forbid: (path) => { forbidden.add(path) },
    addToken: (token) => { tokens.set(token, Infinity) },
    revoke: (token) => { tokens.delete(token) }
  }
  const { url } = await startUpstream(t, {
    ...(options.tls === undefined ? {} : { tls: options.tls }),
    answer: ({ method = '', url = '', headers }, response, bytes) => {
      const prefix = `${basePath}/v1/`
      const request = { method, headers, path: decodeURI(url.slice(prefix.length)), body: bytes.length === 0 ? {} : JSON.parse(bytes.toString()) as Fields }
      requests.push(request)
      const decide = (): Reply => {
        if (!url.startsWith(prefix)) return refused(404, 'not below the prefix')
        if (vault.outage !== undefined) return { status: vault.outage.status, body: { errors: vault.outage.errors }, location: vault.outage.location }
        // V:/api-docs#namespaces; what is in a namespace has no route outside it.
        if (namespace !== headers['x-vault-namespace']) return refused(404, `no handler for route "${request.path}". route entry not found.`)
        return reply(request)
      }
      if (before === undefined) send(response, decide())
      else before(request).then(() => { send(response, decide()) }, () => { response.destroy() })
    }
  })
  return Object.assign(vault, { url: `${url}${basePath}` })
}

interface Reply { readonly status: number, readonly body: Fields, readonly location?: string | undefined }

/** V:/api-docs/auth/approle#sample-response and others: what every answer with data has around it. */
function envelope (parts: Fields): Pick<Reply, 'body'> {
  return {
    body: { request_id: 'b20b56e3-4699-5b19-cc6b-e74f7b787bbf', lease_id: '', renewable: false, lease_duration: 0, data: null, wrap_info: null, warnings: null, auth: null, ...parts }
  }
}

/** V:/api-docs#error-response */
function refused (status: number, error: string): Reply {
  return { status, body: { errors: [error] } }
}

/** Nothing there: 404 with an empty list. V:/api-docs#http-status-codes, sdk/logical/response_util.go. */
function absent (): Reply {
  return { status: 404, body: { errors: [] } }
}

function send (response: ServerResponse, { status, body, location }: Reply): void {
  response.writeHead(status, { 'content-type': 'application/json', ...(location === undefined ? {} : { location }) })
  response.end(JSON.stringify(body))
}
