import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import t from 'tap'
import type { Test } from 'tap'
import type { SecretReference } from '../../../src/config/config.ts'
import type { VaultSettings } from '../../../src/config/vault-settings.ts'
import { ProxyError } from '../../../src/errors.ts'
import { missingKey } from '../../../src/secrets/missing.ts'
import type { SecretSource } from '../../../src/secrets/source.ts'
import { createVaultSource } from '../../../src/secrets/sources/vault.ts'
import { createAuthority } from '../../support/certificates.ts'
import { rawAnswer, startRawUpstream, until } from '../../support/raw-upstream.ts'
import { startUpstream } from '../../support/upstream.ts'
import { startVault, TEST_JWT, TEST_POD_ROLE, TEST_ROLE_ID, TEST_SECRET_ID } from '../../support/vault-server.ts'
import { referenceTo, testSourceContract } from '../source-contract.ts'

const TOKEN = 'hvs.canary-token'
const NO_SETTINGS: VaultSettings = {
  address: undefined, namespace: undefined, ca: undefined, auth: 'token', mount: undefined, role: undefined, roleId: undefined,
  secretIdFile: undefined, tokenFile: undefined, jwtFile: undefined, insecure: false
}
const PATH = 'secret/data/langsmith'

interface Setup {
  readonly vault?: Partial<VaultSettings>
  readonly env?: Readonly<Record<string, string>>
  readonly timeout?: number
  readonly homeDir?: string
  readonly now?: () => number
}

function sourceOf ({ vault = {}, env = { VAULT_TOKEN: TOKEN }, timeout = 5000, homeDir = '/nowhere', now }: Setup): SecretSource {
  return createVaultSource({ vault: { ...NO_SETTINGS, ...vault }, env, timeout, homeDir, uid: process.getuid?.(), allowLooseFileModes: false }, now)
}

function at (path: string, field = 'api_key'): SecretReference {
  return { ...referenceTo('vault', path), field, text: `vault:${path}#${field}` }
}

/** The error of a read that fails; nothing in it may be a secret. */
async function refusal (t: Test, source: SecretSource, reference = at(PATH)): Promise<ProxyError> {
  const error: unknown = await source.read(reference).then(() => undefined, (reason: unknown) => reason)
  if (!(error instanceof ProxyError)) throw new Error(`no ProxyError: ${inspect(error)}`)
  t.notMatch(inspect(error, { depth: 10 }), /canary/, 'no secret in the error or its causes')
  t.match(error.message, reference.text, 'the reference is named')
  return error
}

const shared = await startVault(t)
shared.addToken(TOKEN)
let stored = 0
testSourceContract(t, {
  source: sourceOf({ vault: { address: shared.url } }),
  absent: at('secret/data/absent'),
  store: (text) => {
    shared.putV2(`stored-${stored}`, { api_key: text })
    return Promise.resolve(at(`secret/data/stored-${stored++}`))
  }
})

t.test('settings that cannot work are refused before anything is sent, by name and without their value', async (t) => {
  for (const [setup, words] of [
    [{}, /no address of a Vault server/],
    [{ env: { VAULT_ADDR: ' ' } }, /no address of a Vault server/],
    [{ env: { VAULT_ADDR: 'vault.canary.example:8200' } }, /VAULT_ADDR must be a whole address/],
    [{ env: { VAULT_ADDR: 'unix:///run/canary' } }, /VAULT_ADDR must be a whole address/],
    [{ vault: { address: 'https://canary:99999' } }, /vault\.address must be a whole address/],
    [{ vault: { address: 'https://user:canary@vault.example' } }, /must not hold a user name/],
    [{ vault: { address: 'https://vault.example/?canary' } }, /must not have a query/],
    [{ vault: { address: 'https://vault.example/v1/' } }, /must end before \/v1/],
    [{ vault: { address: 'http://canary.example' } }, /must start with https.*vault\.insecure/],
    [{ vault: { address: 'http://169.254.169.254', insecure: true } }, /metadata service/],
    [{ vault: { address: shared.url, namespace: 'can ary' } }, /vault\.namespace must be ASCII/],
    [{ vault: { address: shared.url }, env: { VAULT_NAMESPACE: 'cänary' } }, /VAULT_NAMESPACE must be ASCII/],
    [{ vault: { address: shared.url, auth: 'approle' } }, /vault\.roleId is not set/],
    [{ vault: { address: shared.url, auth: 'kubernetes' } }, /vault\.role is not set/]
  ] as const) {
    t.match(await refusal(t, sourceOf(setup)), { code: 'config-invalid', message: words })
  }
  // Asked for by name, plain http goes out: 0.0.0.0 is this machine, but no loopback address.
  t.match(await refusal(t, sourceOf({ vault: { address: 'http://0.0.0.0:1', insecure: true } })), { code: 'secret-unreadable', message: /could not be reached: nothing listens there \(ECONNREFUSED\)/ })
})

t.test('a certificate that does not verify gets no token, whatever NODE_TLS_REJECT_UNAUTHORIZED says', async (t) => {
  const authority = createAuthority()
  const folder = t.testdir({ 'ca.pem': authority.cert, 'other.pem': createAuthority().cert, 'no.pem': 'canary', 'broken.pem': '-----BEGIN CERTIFICATE-----\ncanary\n-----END CERTIFICATE-----\n' })
  const vault = await startVault(t, { tls: authority.issue() })
  const misnamed = await startVault(t, { tls: authority.issue({ names: ['other.example'] }) })
  vault.addToken(TOKEN)
  vault.putV2('langsmith', { api_key: 'canary' })
  const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED
  t.teardown(() => {
    if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED
    else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before
  })
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'

  for (const [address, ca, message] of [
    [vault.url, undefined, /certificate of the Vault server \(vault\.address\) could not be verified \(\w+\); nothing was sent/],
    [vault.url, 'other.pem', /could not be verified/],
    [misnamed.url, 'ca.pem', /could not be verified \(ERR_TLS_CERT_ALTNAME_INVALID\)/],
    [shared.url.replace('http:', 'https:'), 'ca.pem', /does not speak TLS there/]
  ] as const) {
    const error = await refusal(t, sourceOf({ vault: { address, ca: ca === undefined ? undefined : join(folder, ca) } }))
    t.match(error, { code: 'secret-unreadable', message })
  }
  for (const [ca, message] of [['absent.pem', /cannot be read: .*absent\.pem/], ['no.pem', /holds no PEM certificate/]] as const) {
    t.match(await refusal(t, sourceOf({ vault: { address: vault.url }, env: { VAULT_TOKEN: TOKEN, VAULT_CACERT: join(folder, ca) } })), { code: 'config-invalid', message })
  }
  t.match(await refusal(t, sourceOf({ vault: { address: vault.url, ca: join(folder, 'broken.pem') } })), { code: 'secret-unreadable' })
  t.same([vault.log(), misnamed.log()], [[], []])

  t.match(await sourceOf({ vault: { address: vault.url }, env: { VAULT_TOKEN: TOKEN, VAULT_CACERT: join(folder, 'ca.pem') } }).read(at(PATH)), { text: 'canary' })
})

t.test('a standby that points to another node does not get the token sent there', async (t) => {
  const active = await startUpstream(t)
  const vault = await startVault(t)
  vault.outage = { status: 307, errors: [], location: `${active.url}/v1/${PATH}?canary` }
  const error = await refusal(t, sourceOf({ env: { VAULT_ADDR: vault.url, VAULT_TOKEN: TOKEN } }))
  t.match(error, { code: 'secret-unreadable', hint: /set VAULT_ADDR to the active node/ })
  t.match(error.message, `sends callers elsewhere (307 to ${active.url}); the token was not sent there`)
  t.equal(active.received.length, 0)
  vault.outage = { status: 301, errors: [], location: '/elsewhere' }
  t.match((await refusal(t, sourceOf({ vault: { address: vault.url } }))).message, /elsewhere \(301\)/)
})

t.test('a server that cannot answer says why, in its state and never in its words', async (t) => {
  const vault = await startVault(t)
  for (const [status, message, errors = ['canary']] of [
    [412, /not up to date yet/], [429, /standby, or asked too often/], [472, /disaster recovery/], [473, /performance standby/], [501, /not initialised/],
    [503, /is sealed/, ['Vault is sealed']], [503, /down for maintenance/], [500, /answered 500/], [400, /answered 400/], [405, /answered 405/]
  ] as const) {
    vault.outage = { status, errors }
    t.match(await refusal(t, sourceOf({ vault: { address: vault.url } })), { code: 'secret-unreadable', message })
    // A login meets the same states; 400 is its own.
    const login = sourceOf({ vault: { address: vault.url, auth: 'approle', roleId: TEST_ROLE_ID } })
    t.match(await refusal(t, login), { code: 'secret-unreadable', message: status === 400 ? /did not accept the role ID/ : message })
  }
})

t.test('an answer that is not of Vault is an error, in time', async (t) => {
  const other = (status: string, body: string): Promise<{ url: string }> => startRawUpstream(t, { onRequest: (socket) => { socket.end(rawAnswer(status, body)) } })
  for (const [server, message] of [
    [await other('200 OK', '<html>canary'), /does not answer like Vault \(200/],
    [await other('200 OK', '["canary"]'), /does not answer like Vault \(200/],
    [await other('200 OK', '{"wrap_info":{"token":"canary"},"data":null}'), /answered without data for secret\/data\/langsmith/],
    [await other('404 Not Found', '<html>canary'), /does not answer like Vault \(404/],
    [await other('403 Forbidden', '<html>canary'), /does not answer like Vault \(403/],
    [await other('200 OK', `{"data":"${'canary'.repeat(200_000)}"}`), /more than 1 MiB/],
    [await startRawUpstream(t, { onRequest: (socket) => { socket.end('HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"canary') } }), /broke off or sent a broken answer \(UND_ERR_SOCKET\)/],
    [await startRawUpstream(t, { onRequest: (socket) => { socket.end('canary') } }), /broke off or sent a broken answer/]
  ] as const) {
    t.match(await refusal(t, sourceOf({ vault: { address: server.url } })), { code: 'secret-unreadable', message })
  }
  const silent = await startRawUpstream(t, {})
  const slow = await startRawUpstream(t, {
    onRequest: (socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n')
      const drip = setInterval(() => { socket.write(' ') }, 20)
      socket.once('close', () => { clearInterval(drip) })
    }
  })
  for (const url of [silent.url, slow.url, silent.url.replace('http:', 'https:')]) {
    const begin = performance.now()
    t.match(await refusal(t, sourceOf({ vault: { address: url }, timeout: 200 })), { code: 'secret-unreadable', message: /did not answer within secrets\.timeout/ })
    t.ok(performance.now() - begin < 3000, 'the whole read has one deadline')
    const login = sourceOf({ vault: { address: url, auth: 'approle', roleId: TEST_ROLE_ID }, timeout: 200 })
    t.match(await refusal(t, login), { message: /did not answer within secrets\.timeout/ }, 'with the login in it')
  }
  await until(() => [...silent.sockets, ...slow.sockets].every(({ destroyed }) => destroyed), 'the end of every connection')
})

t.test('a secret that cannot be had says what is wrong with the reference or the policy', async (t) => {
  const vault = await startVault(t)
  const source = sourceOf({ vault: { address: vault.url } })
  vault.addToken(TOKEN)
  vault.putV2('langsmith', { api_key: 'canary', 'other-field': 1, lsv2_pt_canary: '', 'a b': '' })
  vault.putV2('odd', { api_key: { canary: 1 }, number: 17, none: null })

  vault.forbid('secret/data/forbidden')
  const denied = await refusal(t, source, at('secret/data/forbidden'))
  t.match(denied, { code: 'secret-unreadable', message: /does not let this token read secret\/data\/forbidden \(403\)/ })
  t.match(denied.hint, 'path "secret/data/forbidden" { capabilities = ["read"] }; or the token has expired')
  t.equal(vault.given.length, 0, 'a given token is not exchanged')

  const forgotten = await refusal(t, source, at('secret/langsmith'))
  t.match(forgotten, { code: 'secret-missing', message: /KV engine of version 2, whose paths have data\// })
  t.match(forgotten.hint, 'write vault:secret/data/langsmith#api_key')

  t.match(await refusal(t, source, at('other/data/langsmith')), { code: 'secret-missing', message: /no secrets engine for other/, hint: /vault\.namespace/ })

  t.match((await refusal(t, source, at(PATH, 'key'))).message, /no field of that name; it has api_key, other-field$/)
  t.match(await refusal(t, source, at(PATH, 'constructor')), { code: 'secret-missing' }, 'which every object has')
  vault.putV2('empty', {})
  t.match((await refusal(t, source, at('secret/data/empty'))).message, /it has none$/)
  for (const field of ['api_key', 'number', 'none']) {
    t.match(await refusal(t, source, at('secret/data/odd', field)), { code: 'secret-unusable', message: /does not hold text/ })
  }

  for (const how of ['deleted', 'destroyed'] as const) {
    vault.removeV2('langsmith', how)
    t.match(await refusal(t, source), { code: 'secret-missing', message: new RegExp(`latest version of the secret was ${how}`) })
  }
})

t.test('a version that is gone says so with status 200, too, and 204 is nothing', async (t) => {
  const answers = [rawAnswer('200 OK', '{"data":{"data":null,"metadata":{"destroyed":true}}}'), rawAnswer('204 No Content')]
  const server = await startRawUpstream(t, { onRequest: (socket, _head, nth) => { socket.end(answers[nth - 1] ?? '') } })
  const source = sourceOf({ vault: { address: server.url } })
  t.match(await refusal(t, source), { code: 'secret-missing', message: /destroyed/ })
  t.equal(await source.read(at(PATH)), undefined)
})

t.test('both versions of KV are understood, and only a lease is an end', async (t) => {
  const vault = await startVault(t)
  const source = sourceOf({ vault: { address: vault.url }, now: () => 1_000_000 })
  vault.addToken(TOKEN)
  vault.putV2('langsmith', { api_key: 'two' })
  vault.putV1('langsmith', { api_key: 'one', ttl: '1h' })
  vault.putV1('mixed', { data: 'text', metadata: { a: 1 } })
  vault.putDynamic('langsmith', { api_key: 'leased' }, 60)
  t.same(await source.read(at(PATH)), { text: 'two' })
  t.same(await source.read(at('kv/langsmith')), { text: 'one' }, 'the 32 days that version 1 gives are advice')
  t.same(await source.read(at('kv/mixed', 'data')), { text: 'text' }, 'fields of version 1 may have any name')
  t.same(await source.read(at('dynamic/langsmith')), { text: 'leased', expiresAt: 1_060_000 })
  t.equal(source.freshness, 'asked')
})

t.test('the namespace, the prefix and the path arrive as they are written', async (t) => {
  const vault = await startVault(t, { namespace: 'team/a', basePath: '/tools/vault' })
  vault.addToken(TOKEN)
  vault.putV2('größe 1%2e', { api_key: 'found' })
  const path = 'secret/data/größe 1%2e'
  t.match(await sourceOf({ env: { VAULT_ADDR: `${vault.url}/`, VAULT_NAMESPACE: 'team/a', VAULT_TOKEN: TOKEN } }).read(at(path)), { text: 'found' })
  t.match(await sourceOf({ vault: { address: vault.url, namespace: 'team/a' }, env: { VAULT_ADDR: 'http://127.0.0.1:1', VAULT_NAMESPACE: 'other', VAULT_TOKEN: TOKEN } }).read(at(path)), { text: 'found' }, 'settings win')
  t.match(await refusal(t, sourceOf({ vault: { address: vault.url } }), at(path)), { code: 'secret-missing', hint: /namespace/ })
  vault.forbid(path)
  t.match((await refusal(t, sourceOf({ vault: { address: vault.url, namespace: 'team/a' } }), at(path))).hint, /whether vault\.namespace or VAULT_NAMESPACE is right/)
  t.ok(vault.requests.every(({ headers }) => headers['x-vault-request'] === 'true'), 'which Vault Agent may demand')
})

t.test('a path with nothing there is told from a field that is missing', async (t) => {
  const vault = await startVault(t)
  vault.addToken(TOKEN)
  const source = sourceOf({ vault: { address: vault.url } })
  t.equal(await source.read(at('secret/data/nothing')), undefined)
  const error = missingKey({ name: 'us', apiKey: at('secret/data/nothing') }, undefined, source, ['/'], new Set())
  t.match(error, { message: /field api_key of secret\/data\/nothing in Vault is not there, because there is nothing at this path/, hint: /^check the path, or put the key there/ })
})

t.test('the token is VAULT_TOKEN, else a file that is read anew each time', async (t) => {
  const vault = await startVault(t)
  vault.putV2('langsmith', { api_key: 'found' })
  const folder = t.testdir({ token: `${TOKEN}\n`, '.vault-token': 'hvs.home', words: 'canary two', blank: '\n', open: TOKEN })
  for (const name of ['token', '.vault-token', 'words', 'blank']) chmodSync(join(folder, name), 0o600)
  chmodSync(join(folder, 'open'), 0o644)
  const read = (env: Record<string, string>, tokenFile?: string): SecretSource =>
    sourceOf({ vault: { address: vault.url, tokenFile: tokenFile === undefined ? undefined : join(folder, tokenFile) }, env, homeDir: folder })

  t.match(await refusal(t, read({ VAULT_TOKEN: 'canary two' })), { code: 'secret-unusable', message: /VAULT_TOKEN does not hold a Vault token/ })
  t.match(await refusal(t, read({}, 'words')), { code: 'secret-unusable', message: /words does not hold a Vault token/ })
  t.match(await refusal(t, read({}, 'blank')), { code: 'secret-missing', message: /there is no Vault token/ })
  t.match(await refusal(t, read({}, 'absent')), { code: 'secret-missing', message: /VAULT_TOKEN is not set, and the file in vault\.tokenFile is not there or empty \(file:\S+absent\)/, hint: /correct vault\.tokenFile/ })
  t.match(await refusal(t, read({}, 'open')), { code: 'secret-exposed', message: /open \(vault\.tokenFile\)/, hint: /chmod 600/ })
  t.same(vault.log(), [])

  vault.addToken('hvs.home')
  t.match(await read({ VAULT_TOKEN: ' ' }).read(at(PATH)), { text: 'found' }, 'a blank variable is none; ~/.vault-token is')
  vault.addToken(TOKEN)
  vault.revoke('hvs.home')
  t.match(await read({ VAULT_TOKEN: TOKEN }).read(at(PATH)), { text: 'found' })
  const agent = read({}, 'token')
  t.match(await agent.read(at(PATH)), { text: 'found' })
  vault.revoke(TOKEN)
  vault.addToken('hvs.next')
  writeFileSync(join(folder, 'token'), 'hvs.next')
  t.match(await agent.read(at(PATH)), { text: 'found' }, 'Vault Agent has exchanged it')
})

t.test('a login that is refused says what to look at', async (t) => {
  const vault = await startVault(t)
  const folder = t.testdir({ secretId: `${TEST_SECRET_ID}\n`, wrong: 'canary-wrong', jwt: 'canary-wrong' })
  for (const name of ['secretId', 'wrong']) chmodSync(join(folder, name), 0o600)
  const approle = { address: vault.url, auth: 'approle', roleId: TEST_ROLE_ID, secretIdFile: join(folder, 'secretId') } as const
  const kubernetes = { address: vault.url, auth: 'kubernetes', role: TEST_POD_ROLE, jwtFile: join(folder, 'jwt') } as const
  for (const [settings, expected] of [
    [{ ...approle, secretIdFile: join(folder, 'absent') }, { code: 'secret-missing', message: /absent \(vault\.secretIdFile\) is not there or empty/ }],
    [{ ...approle, secretIdFile: join(folder, 'wrong') }, { code: 'secret-unreadable', message: /did not accept the role ID or the secret ID at auth\/approle\/login \(400\)/ }],
    [{ ...approle, secretIdFile: undefined }, { code: 'secret-unreadable', message: /\(400\)/ }],
    [{ ...approle, mount: '/team/approle/' }, { code: 'secret-unreadable', message: /at auth\/team\/approle\/login \(403\)/, hint: /mounted at auth\/team\/approle\/ \(vault\.mount\)/ }],
    [kubernetes, { code: 'secret-unreadable', message: /did not accept the service account or the role at auth\/kubernetes\/login \(403\)/ }],
    [{ ...kubernetes, jwtFile: undefined }, { code: 'secret-missing', message: /file:\/var\/run\/secrets\/kubernetes\.io\/serviceaccount\/token \(vault\.jwtFile\)/ }]
  ] as const) {
    t.match(await refusal(t, sourceOf({ vault: settings, env: {} })), expected)
  }
  vault.outage = { status: 404, errors: ['canary'] }
  t.match(await refusal(t, sourceOf({ vault: approle })), { message: /has no login at auth\/approle\/login \(404\)/ })
  t.same(vault.requests.filter(({ headers }) => headers['x-vault-token'] !== undefined), [], 'and VAULT_TOKEN is not used instead')

  for (const [body, message] of [
    ['{"auth":{"client_token":"","mfa_requirement":{}}}', /gave no token/], ['{"auth":null}', /gave no token/], ['canary', /does not answer like Vault \(200/],
    ['{"auth":{"client_token":"canary two"}}', /answer of Vault does not hold a Vault token/]
  ] as const) {
    const odd = await startRawUpstream(t, { onRequest: (socket) => { socket.end(rawAnswer('200 OK', body)) } })
    t.match(await refusal(t, sourceOf({ vault: { ...approle, address: odd.url } })), { message })
  }
})

t.test('a login is shared, renewed after two thirds of its lease, and made anew when that fails', async (t) => {
  let time = 1_000_000
  const vault = await startVault(t, { now: () => time, lease: 90 })
  vault.putV2('langsmith', { api_key: 'found' })
  const secretIdFile = join(t.testdir({ id: TEST_SECRET_ID }), 'id')
  chmodSync(secretIdFile, 0o600)
  const source = sourceOf({ vault: { address: vault.url, auth: 'approle', roleId: TEST_ROLE_ID, secretIdFile }, now: () => time })
  const readAll = async (count: number): Promise<readonly string[]> => {
    const seen = vault.log().length
    const found = await Promise.all(Array.from({ length: count }, () => source.read(at(PATH))))
    t.same(found, found.map(() => ({ text: 'found' })))
    return vault.log().slice(seen).map((line) => line.replace(`GET ${PATH}`, 'read').replace('POST auth/', ''))
  }
  t.same(await readAll(3), ['approle/login', 'read', 'read', 'read'])
  time += 59_000
  t.same(await readAll(1), ['read'])
  time += 2000
  t.same(await readAll(2), ['token/renew-self', 'read', 'read'])
  time += 59_000
  t.same(await readAll(1), ['read'], 'the lease has begun anew')
  time += 90_000
  t.same(await readAll(1), ['approle/login', 'read'], 'what has ended cannot be renewed')
  time += 61_000
  vault.revoke('hvs.canary-login-2')
  t.same(await readAll(1), ['token/renew-self', 'approle/login', 'read'], 'a refused renewal leads to a login')
  vault.revoke('hvs.canary-login-3')
  t.same((await readAll(2)).toSorted(), ['approle/login', 'read', 'read', 'read', 'read'], 'so does a revoked token, once for all')

  vault.forbid(PATH)
  const seen = vault.log().length
  t.match(await refusal(t, source), { code: 'secret-unreadable', message: /does not let this token read/ })
  t.same(vault.log().slice(seen), [`GET ${PATH}`, 'POST auth/approle/login', `GET ${PATH}`], 'and then it gives up')
})

t.test('a late refusal of the token before does not cost the new one', async (t) => {
  let reads = 0
  const vault = await startVault(t, {
    before: async ({ method, headers }) => {
      if (method !== 'GET' || headers['x-vault-token'] !== 'hvs.canary-login-1') return
      reads++
      // Of the two reads that follow the first, the second is answered after the login of the other.
      if (reads === 3) await until(() => vault.log().filter((line) => line.startsWith('GET')).length === 4, 'the other read')
    }
  })
  vault.putV2('langsmith', { api_key: 'found' })
  const secretIdFile = join(t.testdir({ id: TEST_SECRET_ID }), 'id')
  chmodSync(secretIdFile, 0o600)
  const source = sourceOf({ vault: { address: vault.url, auth: 'approle', roleId: TEST_ROLE_ID, secretIdFile } })
  await source.read(at(PATH))
  vault.revoke('hvs.canary-login-1')
  t.same(await Promise.all([source.read(at(PATH)), source.read(at(PATH))]), [{ text: 'found' }, { text: 'found' }])
  t.same(vault.given, ['hvs.canary-login-1', 'hvs.canary-login-2'])
})

t.test('a token that cannot be renewed is used nearly to its end, one without a lease for ever', async (t) => {
  let time = 0
  const jwtFile = join(t.testdir({ jwt: TEST_JWT }), 'jwt')
  chmodSync(jwtFile, 0o644) // as the kubelet leaves it for a pod that runs as root
  for (const [lease, steps, logins] of [[100, [0, 89_000, 2000], 2], [0, [0, 1e12], 1]] as const) {
    const vault = await startVault(t, { now: () => time, lease, renewable: false })
    vault.putV2('langsmith', { api_key: 'found' })
    const source = sourceOf({ vault: { address: vault.url, auth: 'kubernetes', role: TEST_POD_ROLE, jwtFile }, env: {}, now: () => time })
    for (const step of steps) {
      time += step
      t.same(await source.read(at(PATH)), { text: 'found' })
    }
    t.equal(vault.given.length, logins)
    t.notOk(vault.log().includes('POST auth/token/renew-self'))
  }
})
