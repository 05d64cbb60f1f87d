// "explain" says what would become of a request; what it says is compared with what does become of it.

import { chmodSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { helpOf } from '../../src/commands/help.ts'
import { explain } from '../../src/commands/explain.ts'
import { parseCommandLine } from '../../src/commands/parse.ts'
import { ProxyError } from '../../src/errors.ts'
import { defaultWorld } from '../../src/sandbox/default-world.ts'
import { startSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts'
import { startProxy, TEST_KEY } from '../support/proxy.ts'
import { runProgram } from '../support/process.ts'
import { sendRaw } from '../support/raw.ts'
import { piecesOf } from '../support/stored.ts'
import { startUpstream, valuesOf } from '../support/upstream.ts'

const WORKSPACE = 'b0000000-0000-4000-8000-000000000002'

interface Route { readonly prefix: string, readonly upstream: string, readonly key?: string, readonly workspace?: string }

interface Explained { readonly code: number, readonly text: string, readonly json: () => Record<string, unknown> }

/** Runs the command in this process, with these routes as its config. Port 9 is where no proxy is. */
async function run (t: Test, words: readonly string[], routes: readonly Route[], env: Readonly<Record<string, string>> = {}): Promise<Explained> {
  const keys = Object.fromEntries(routes.map(({ key = TEST_KEY }, at) => [`KEY_${at}`, key]))
  const config = {
    listen: { port: 9 },
    credentials: Object.fromEntries(routes.map(({ workspace }, at) => [`c${at}`, { apiKey: `env:KEY_${at}`, ...workspace === undefined ? {} : { workspaceId: workspace } }])),
    routes: routes.map(({ prefix, upstream }, at) => ({ prefix, upstream, credential: `c${at}` }))
  }
  const folder = t.testdir({ 'config.yaml': JSON.stringify(config) })
  chmodSync(join(folder, 'config.yaml'), 0o600)
  const line = parseCommandLine(['explain', ...words, '--config', join(folder, 'config.yaml')])
  if (line.kind !== 'run') throw new Error('not run')
  let text = ''
  const code = await explain.run({
    env: { XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder, ...keys, ...env }, flags: line.flags, operands: line.operands, version: '0.0.0', print: (printed) => { text += printed }
  })
  for (const key of Object.values(keys)) t.notOk(piecesOf(key).some((piece) => text.includes(piece)), 'no key is shown')
  return { code, text, json: () => JSON.parse(text) as Record<string, unknown> }
}

function keyOf (name: string): string {
  return defaultWorld().keys.find((key) => key.name === name)?.value ?? ''
}

async function sandboxFor (t: Test): Promise<Sandbox> {
  const sandbox = await startSandbox()
  t.teardown(() => sandbox.close())
  return sandbox
}

const NOWHERE: readonly Route[] = [{ prefix: '/', upstream: 'http://127.0.0.1:9' }]
const SEVERAL: readonly Route[] = [...NOWHERE, { prefix: '/self', upstream: 'http://127.0.0.1:9/api/v1', workspace: WORKSPACE }]

t.test('what cannot be understood is said, with an example', async (t) => {
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [[], /needs METHOD and PATH/], [['GET'], /needs METHOD and PATH/], [['/api/v1/sessions', 'GET'], /METHOD comes before PATH/],
    [['GET', 'api/v1/sessions'], /starts with a slash/], [['GET', '/a', '/b'], /METHOD and PATH, and nothing more/], [['GET', keyOf('good-us')], /key does not belong/],
    [['GET', 'http://127.0.0.1:9/api/v1/sessions'], /address of LangSmith, not of the proxy/]
  ]
  for (const [words, message] of cases) {
    const error: unknown = await run(t, words, NOWHERE).then(() => undefined, (thrown: unknown) => thrown)
    if (!(error instanceof ProxyError)) throw new Error(`accepted: ${words.join(' ')}`)
    t.match(error, { code: 'usage-invalid', exitCode: 2, message }, words.join(' '))
    t.notMatch(error.message + error.hint, keyOf('good-us').slice(8, 16))
  }
})

t.test('it foresees exactly the denials of the proxy', async (t) => {
  const upstream = await startUpstream(t)
  const routes: readonly Route[] = [{ prefix: '/eu', upstream: upstream.url }, { prefix: '/eu/deep', upstream: upstream.url }]
  const proxy = await startProxy(t, { routes: routes.map(({ prefix, upstream }) => ({ prefix, upstream })) })
  const calls = [
    'GET /eu/api/v1/sessions?limit=1', 'GET /europe/x', 'GET /', 'GET /eu', 'POST /eu/api/v1/api-key', 'GET /eu/api/v1/api-key', 'POST /eu/v1/orgs/x/members', 'POST /eu/api/v1/%61pi-key',
    'GET /eu/../x', 'GET /eu/%2e%2e/x', 'GET /eu/%zz', 'GET /eu/%ff', 'GET /%65u/x', 'GET /eu/de%65p/x', 'GET /eu/deep/x', 'GET /eu\\x', 'GET /eu/x#y', 'GET /eu/x%0a',
    'GET /-/live', 'GET /%2d/live', 'GET /-', 'GET /-x', 'TRACE /eu/x', 'GET /eu//x', 'GET /eu;a/x', 'DELETE /eu/api/v1/sessions/1'
  ]
  for (const call of calls) {
    const [method = '', path = ''] = call.split(' ')
    const { status, text } = await sendRaw(proxy.port, `${call} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`, 5000)
    const [, code] = /^x-langsmith-proxy: proxy; code=([a-z-]+)/m.exec(text) ?? []
    const explained = await run(t, [method, path, '--json'], routes)
    const own = explained.json().own_page === true
    t.ok(status > 0, call)
    t.equal(own ? undefined : (explained.json().denial as { code: string } | undefined)?.code, own ? undefined : code, `${call}: ${status}`)
    t.equal(explained.code, own || code === undefined ? 0 : 1, call)
  }
})

t.test('it tells route, upstream, key, workspace, permission and headers, and sends nothing', async (t) => {
  const sandbox = await sandboxFor(t)
  const routes: readonly Route[] = [{ prefix: '/', upstream: sandbox.regions.us.url }, { prefix: '/self', upstream: `${sandbox.regions.us.url}/api/v1`, workspace: WORKSPACE, key: keyOf('good-us') }]
  const { code, text } = await run(t, ['post', `/self/runs/batch?api_key=${TEST_KEY}&x=1`], routes)
  t.equal(code, 0)
  t.match(text, /^POST \/self\/runs\/batch\?x=1$/m)
  t.match(text, /route +\/self \(the longest of the prefixes that fit: \/ is shorter\)/)
  t.match(text, new RegExp(`goes to +${sandbox.regions.us.url}/api/v1/runs/batch\\?x=1`))
  t.match(text, /credential c1 \[[0-9a-f]{8}\] from env:KEY_1/)
  t.match(text, /workspace +set by the credential/)
  t.match(text, /the permission runs:create/)
  t.match(text, /removes .*Authorization, X-API-Key, X-Tenant-Id[^]*Cookie[^]*api-key of the query/)
  t.match(text, /X-API-Key: \[secret\], X-Tenant-Id: set/)
  t.match(text, /no proxy is running at http:\/\/localhost:9/)
  t.notMatch(text, WORKSPACE)
  t.notOk(text.split('\n').some((line) => line.length > 100), 'at most 100 columns')
  t.equal(sandbox.requests.length, 0)
})

t.test('a denial has its hint, and a whole address of the proxy will do', async (t) => {
  const { code, text } = await run(t, ['GET', 'http://user@LOCALHOST:5764/self/scim#top'], SEVERAL)
  t.equal(code, 1)
  t.match(text, /refused +by the proxy, with 403 endpoint-closed: this endpoint hands out credentials \(scim\)/)
  t.match(text, /→ if every caller may have that, add scim to "open"/)
  t.match((await run(t, ['GET', 'http://localhost:5764', '--json'], SEVERAL)).json(), { path: '/', url: 'http://127.0.0.1:9/', why: 'the only prefix that fits' })
  t.match((await run(t, ['GET', 'http://proxy.example/x', '--json'], SEVERAL)).json(), { denial: { code: 'host-not-allowed', status: 421, hint: /allowedHosts/ } })
  t.match((await run(t, ['GET', '/-/ready'], SEVERAL)).text, /a page of the proxy itself/)
})

t.test('a key that cannot be read is a denial, when the start goes on without', async (t) => {
  const { code, text } = await run(t, ['GET', '/runs', '--allow-missing-secrets'], NOWHERE, { KEY_0: '' })
  t.equal(code, 1)
  t.match(text, /503 credential-unavailable: the key of credential "c0"/)
})

t.test('it shows what the running proxy has seen refused on this route, and on no other', async (t) => {
  const sandbox = await sandboxFor(t)
  const proxy = await startProxy(t, { routes: [{ upstream: sandbox.regions.us.url, key: keyOf('good-eu') }, { prefix: '/other', upstream: sandbox.regions.us.url }] })
  for (const path of ['/api/v1/sessions', '/other/api/v1/workspaces']) await (await fetch(proxy.url + path)).text()
  const words = ['GET', '/api/v1/sessions', '--port', String(proxy.port)]
  const { text } = await run(t, words, NOWHERE, { KEY_0: keyOf('good-eu') })
  t.match(text, /refused lately on this route, newest first \(the proxy at http:\/\/localhost:\d+\):/)
  t.match(text, / 403 [a-z-]+\n/)
  t.match(text, /GET \/api\/v1\/sessions +route \/[^]*→ /)
  t.notMatch(text, /\/other/)
  t.notMatch(text, /with another key/)
  t.match((await run(t, words, NOWHERE, { KEY_0: keyOf('good-us') })).text, / 403 [a-z-]+, with another key than here\n/)
  t.match((await run(t, [...words, '--json'], NOWHERE)).json(), { past: { running: true, refusals: [{ status: 403, count: 1, route: '/', diagnosis: { code: String, causes: [{ fix: String }] } }] } })
  t.match((await run(t, ['GET', '/self/x', '--port', String(proxy.port)], SEVERAL)).text, /has seen no refusal on this route/)
})

t.test('whoever else listens there cannot write on the screen, nor keep it waiting', async (t) => {
  const entry = {
    time: 'now', count: 1, method: 'GET', path: '/\u001b[2J', route: '/', credential: 'c', secret_ref: 'env:A', fingerprint: 'f', diagnosis: { code: 'c', summary: `\u001b]0;x ${TEST_KEY}`, causes: [{ code: 'c', confidence: 'possible', summary: 's\u202e', fix: 'f' }] }
  }
  const bodies = ['{', '[]', '{"refusals":7}', JSON.stringify({ refusals: [7, { ...entry, diagnosis: 7 }, { ...entry, diagnosis: { ...entry.diagnosis, causes: [7] } }, entry] }), 'x'.repeat(5 * 1024 * 1024), undefined]
  let at = 0
  const server = createServer((_request, response) => {
    const body = bodies[at]
    response.writeHead(200, { 'x-langsmith-proxy': 'proxy' })
    if (body === undefined) response.write('{')
    else response.end(body)
  })
  t.teardown(() => new Promise<void>((resolve) => { server.close(() => { resolve() }); server.closeAllConnections() }))
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  const { port } = server.address() as AddressInfo
  for (at = 0; at < bodies.length; at++) {
    const { code, text } = await run(t, ['GET', '/x', '--port', String(port)], NOWHERE)
    t.equal(code, 0)
    t.match(text, at > 3 ? /no proxy is running/ : at === 3 ? /\\u\{1b\}\]0;x lsv2_pt_\*+/ : /no refusal on this route/, String(at))
    // eslint-disable-next-line no-control-regex -- what must not be there
    t.notMatch(text, /[\u0000-\u0009\u000b-\u001f\u202e]/)
  }
})

t.test('--send sends it once, the way of every request, and tells the answer', async (t) => {
  const sandbox = await sandboxFor(t)
  const routes: readonly Route[] = [{ prefix: '/us', upstream: sandbox.regions.us.url, key: keyOf('good-us'), workspace: WORKSPACE }]
  const { code, text } = await run(t, ['GET', '/us/api/v1/sessions?limit=1', '--send'], routes)
  t.equal(code, 0)
  t.match(text, /sent +200 from LangSmith in \d+ ms, \d+ bytes, application\/json/)
  t.match(sandbox.requests, [{ method: 'GET', url: '/api/v1/sessions?limit=1' }], 'and no check at the start')
  t.same(valuesOf(sandbox.requests[0]?.rawHeaders ?? [], 'x-tenant-id'), [WORKSPACE])
  t.equal((await run(t, ['GET', '/us/scim', '--send'], routes)).code, 1)
  t.equal(sandbox.requests.length, 1, 'what the proxy would refuse is not sent')
})

t.test('--send explains a refusal at once, and better when LangSmith may be asked', async (t) => {
  const sandbox = await sandboxFor(t)
  const routes: readonly Route[] = [{ prefix: '/', upstream: sandbox.regions.us.url, key: keyOf('viewer-us') }]
  const off = await run(t, ['POST', '/runs', '--send', '--json'], routes, { LANGSMITH_PROXY_DIAGNOSIS_PROBE: 'off' })
  t.equal(off.code, 1)
  t.match(off.json(), { sent: { answer: { status: 403, by: 'LangSmith', end: 'complete' }, trouble: { event: 'refusal.diagnosed', diagnosis: { probed: false } }, explained: undefined } })
  t.equal(sandbox.requests.length, 1)
  const { text } = await run(t, ['POST', '/runs', '--send'], routes)
  t.match(text, /sent +403 from LangSmith[^]*LangSmith said: [^]*→ [^]*after asking LangSmith with read-only calls:\n +[a-z-]+: /)
})

t.test('--send tells when nobody answers, and when an answer breaks off', async (t) => {
  const { code, text } = await run(t, ['GET', '/x', '--send'], NOWHERE)
  t.equal(code, 1)
  t.match(text, /sent +502 from the proxy[^]*upstream-unreachable: the upstream could not be reached: nothing listens\s+there \(ECONNREFUSED\)\s+→ /)
  const upstream = await startUpstream(t, { answer: (_request, response) => {
    response.writeHead(200, { 'content-length': '1000' })
    response.write('x', () => response.destroy())
  } })
  const broken = await run(t, ['GET', '/x', '--send'], [{ prefix: '/', upstream: upstream.url }])
  t.equal(broken.code, 1)
  t.match(broken.text, /sent +200 from LangSmith in \d+ ms, \d+ bytes, no content type; it broke off/)
})

t.test('as a process it warns before it sends what may change something, and ends by itself', async (t) => {
  const sandbox = await sandboxFor(t)
  const env = { LANGSMITH_API_KEY: keyOf('editor-us'), LANGSMITH_ENDPOINT: sandbox.regions.us.url }
  const end = await runProgram(t, ['explain', 'delete', '/api/v1/sessions/f0000000-0000-4000-8000-000000000009', '--send', '--port', '9'], { env })
  t.match(end, { code: 1, stderr: /^note: DELETE is sent now/, stdout: /projects:delete[^]*sent +40\d/ })
  t.match(sandbox.requests, [{ method: 'DELETE' }])
  t.match(await runProgram(t, ['explain', 'get', '/api/v1/sessions', '--port', '9'], { env }), { code: 0, stderr: '' })
  t.match(helpOf(explain), /explain METHOD PATH/)
})
