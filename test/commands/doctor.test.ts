// The doctor against a LangSmith stand-in: what it finds, where it puts it, and that no key is shown or sent astray.

import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { examine } from '../../src/commands/doctor.ts'
import type { Subject } from '../../src/commands/doctor/subject.ts'
import { readConfig } from '../../src/commands/prepare.ts'
import type { RegionName } from '../../src/config/regions.ts'
import type { Route } from '../../src/routes/route.ts'
import { createMasks } from '../../src/swap/masks.ts'
import { keyOf, sandboxFor, workspaceOf } from '../sandbox/support.ts'
import { routeOf, TEST_KEY } from '../support/proxy.ts'
import { runProgram, spawnProgram, startProgram } from '../support/process.ts'
import { storeEnv } from '../support/stored.ts'
import { startUpstream } from '../support/upstream.ts'
import type { Answer } from '../support/upstream.ts'
import { linesOf, reportOf, runDoctor } from './doctor-support.ts'
import type { Report } from './doctor-support.ts'

t.test('what is wrong with a key is found, put beside what it is about, and explained as everywhere else', async (t) => {
  const { regions: { us } } = await sandboxFor(t)
  const production = workspaceOf('production')
  const cases: Readonly<Record<string, { readonly key: string, readonly workspace?: string, readonly code: 0 | 1, readonly says: readonly RegExp[], readonly never?: RegExp }>> = {
    'a key of another region': { key: 'good-eu', code: 1, says: [/^key fail: LangSmith refused the key \(403, .*\{.+\}$/m], never: /^(workspace|permissions|limits|regions)/m },
    'a key that was deleted': { key: 'revoked-us', code: 1, says: [/^key fail: LangSmith refused the key \(403, /m] },
    'an organisation without plan': { key: 'no-plan-us', code: 1, says: [/^key fail: .*\{no-plan\}$/m] },
    'a workspace that is not open to the key': { key: 'service-us', workspace: workspaceOf('research'), code: 1, says: [/^key ok: 127\.0\.0\.1:\d+ knows it$/m, /^workspace fail: LangSmith refused the call .*\{workspace-mismatch\}$/m], never: /^workspace ok|^permissions skip/m },
    'the ID of the organisation': { key: 'good-us', workspace: 'a0000000-0000-4000-8000-000000000001', code: 1, says: [/^workspace fail: .*organization.*\{workspace-mismatch\}$/m] },
    'no workspace for a key that needs one': { key: 'org-scoped-us', code: 1, says: [/^workspace fail: .*\{workspace-required\}$/m, /^permissions ok/m] },
    'a workspace ID that is none': { key: 'service-us', workspace: 'abc', code: 1, says: [/^secret warn: .*not a UUID/m, /^workspace fail: .*\(401, workspace-not-uuid\)/m] },
    'a key that may only read': { key: 'viewer-us', code: 0, says: [/^key ok: 127\.0\.0\.1:\d+ accepts it$/m, /^permissions warn: the key may not write traces \(runs:create is missing\)/m] },
    'a key that may only trace': { key: 'ingest-us', code: 0, says: [/^key ok: .* knows it$/m, /^permissions warn: the key may write traces, but not list projects/m], never: /fail/ },
    'a key that may not create projects': { key: 'editor-us', code: 0, says: [/^permissions ok: .*but not create projects/m] },
    'a good key': {
      key: 'good-us', workspace: production, code: 0, never: /warn|fail/,
      says: [/^secret ok: read from env:LANGSMITH_API_KEY: a personal key/m, /^tcp ok/m, /^api ok: LangSmith \d/m, /^clock ok/m, /^latency ok: an answer takes \d+ ms$/m, /^workspace ok: .*one of 2 that the key sees$/m, /^permissions ok/m, /^limits ok: plan: enterprise; no usage limit is reached$/m, /^expiry skip/m]
    }
  }
  for (const [name, { key, workspace, code, says, never = /^never$/ }] of Object.entries(cases)) {
    const report = await reportOf(t, { env: { LANGSMITH_API_KEY: keyOf(key), LANGSMITH_ENDPOINT: us.url, ...(workspace === undefined ? {} : { LANGSMITH_WORKSPACE_ID: workspace }) } })
    const lines = linesOf(report.routes[0]?.findings)
    t.match(report, { code, works: code === 0, routes: [{ prefix: '/', works: code === 0 }] }, name)
    for (const part of says) t.match(lines, part, name)
    t.notMatch(lines, never, name)
    t.notMatch(JSON.stringify(report), keyOf(key).slice(8, 16), `${name}: the key is not shown`)
  }
})

/** Routes to the regions of a sandbox, as the cloud would have them. */
async function regionsAt (t: Test): Promise<{ readonly report: (routes: readonly (readonly [prefix: string, region: RegionName | undefined])[], key: string, regions: boolean) => Promise<Report>, readonly asked: () => readonly string[] }> {
  const sandbox = await sandboxFor(t)
  const upstreamOf = (name: RegionName): Route['upstream'] => ({ ...routeOf({ upstream: sandbox.regions[name].url }).upstream, region: name })
  return {
    asked: () => [...new Set(sandbox.requests.map(({ region }) => region))],
    async report (wanted, key, regions) {
      const config = readConfig({ env: { LANGSMITH_API_KEY: TEST_KEY, XDG_CONFIG_HOME: t.testdir() }, flags: {} })
      const routes = wanted.map(([prefix, region]) => routeOf({ prefix, credential: 'shared', key, upstream: sandbox.regions.us.url, ...(region === undefined ? {} : { overrides: { upstream: upstreamOf(region) } }) }))
      const subject: Subject = { config, routes, authorities: new Map(), noticesOf: () => [], maskText: createMasks().maskText }
      let printed = ''
      await examine(subject, { asJson: true, regions, regionUpstream: upstreamOf, machine: { env: {}, homeDir: t.testdir(), uid: undefined }, print: (text) => { printed += text } })
      return JSON.parse(printed) as Report
    }
  }
}

t.test('a key goes to other regions only when that was asked for, its own refuses it, and there are regions', async (t) => {
  const cases = [
    { name: 'not asked for', key: 'good-eu', region: 'us', regions: false, asked: ['us'] },
    { name: 'self-hosted', key: 'good-eu', region: undefined, regions: true, asked: ['us'] },
    { name: 'the key works', key: 'good-us', region: 'us', regions: true, asked: ['us'] },
    { name: 'asked for', key: 'good-eu', region: 'us', regions: true, asked: ['us', 'eu', 'apac', 'aws'] }
  ] as const
  for (const { name, key, region, regions, asked } of cases) {
    const cloud = await regionsAt(t)
    const { routes: [route] } = await cloud.report([['/', region]], keyOf(key), regions)
    t.same(cloud.asked(), asked, name)
    const lines = linesOf(route?.findings)
    if (asked.length === 1) t.notMatch(lines, /^regions/m, name)
    else t.match(lines, /^regions ok: eu accepts the key, apac refuses it, aws refuses it\nkey fail: .*\{key-other-region\}$/m, name)
  }
})

t.test('another route with the same key tells where it belongs, and nobody else is asked', async (t) => {
  const cloud = await regionsAt(t)
  const { routes: [eu, root] } = await cloud.report([['/eu', 'eu'], ['/', 'us']], keyOf('good-eu'), false)
  t.match(linesOf(eu?.findings), /^key ok/m)
  t.match(linesOf(root?.findings), /^regions ok: eu accepts the key\nkey fail: .*\{key-other-region\}/m)
  t.same([...cloud.asked()].sort(), ['eu', 'us'])
})

t.test('a secret that cannot be read is a finding, and the other routes are examined', async (t) => {
  const { regions: { us } } = await sandboxFor(t)
  const folder = mkdtempSync(join(tmpdir(), 'langsmith-proxy-doctor-'))
  t.teardown(() => { rmSync(folder, { recursive: true }) })
  writeFileSync(join(folder, 'open.key'), TEST_KEY)
  chmodSync(join(folder, 'open.key'), 0o644)
  const route = (prefix: string, credential: string): string => `  - { prefix: ${prefix}, upstream: "${us.url}", credential: ${credential} }`
  const config = [
    `credentials: { gone: { apiKey: "env:KEY_GONE" }, open: { apiKey: "file:${join(folder, 'open.key')}" }, us: { apiKey: "env:KEY_US" } }`,
    'routes:', route('/', 'us'), route('/gone', 'gone'), route('/open', 'open')
  ].join('\n')
  const { code, printed } = await runDoctor(t, { env: { KEY_US: keyOf('good-us') }, files: { 'config.yaml': config } })
  t.equal(code, 1)
  t.match(printed, /fail {2}secret {7}credential "gone" of route \/gone has no API key: environment variable KEY_GONE is not set[^;\n]*\n {21}→ set it where/)
  t.match(printed, /fail {2}secret {7}[^\n]*other users of this machine can open file:[^\n]*\n {21}→ run chmod 600/)
  t.match(printed, /\n\n2 of 3 routes cannot work; 1 warning\n$/)
  t.match(printed, /key {10}127\.0\.0\.1:\d+ accepts it/)
  t.match(printed, /skip {2}key {10}not tried, because there is none/)
  t.notMatch(printed, /5ca1ab1e|decafbad/)
})

t.test('a store that cannot be opened is a finding too', async (t) => {
  const { regions: { us } } = await sandboxFor(t)
  const env = storeEnv(t)
  const { code, routes } = await reportOf(t, {
    env: { ...env, LANGSMITH_PROXY_STORE_KIND: 'file', LANGSMITH_PROXY_STORE_IDENTITY_FILE: '/nowhere/identity' },
    files: { 'config.yaml': `credentials: { us: { apiKey: "store:us" } }\nroutes: [{ prefix: /, upstream: "${us.url}", credential: us }]\n` }
  })
  t.equal(code, 1)
  t.match(linesOf(routes[0]?.findings), /^secret fail: [^]*^key skip: not tried, because there is none$/m)
})

t.test('nor does the stored key of a start without settings end it, when its file is broken', async (t) => {
  const { regions: { us } } = await sandboxFor(t)
  const data = mkdtempSync(join(tmpdir(), 'langsmith-proxy-doctor-'))
  t.teardown(() => { rmSync(data, { recursive: true }) })
  mkdirSync(join(data, 'langsmith-proxy'), { mode: 0o700 })
  writeFileSync(join(data, 'langsmith-proxy', 'secrets.age'), 'broken', { mode: 0o600 })
  const { code, routes } = await reportOf(t, { env: { XDG_DATA_HOME: data, LANGSMITH_PROXY_STORE_KIND: 'file', LANGSMITH_ENDPOINT: us.url } })
  t.equal(code, 1)
  t.match(linesOf(routes[0]?.findings), /^secret fail: [^]*secrets\.age[^]*^api ok[^]*^key skip: not tried, because there is none$/m)
})

/** An upstream that answers by path, else as `rest` says. */
function byPath (answers: Readonly<Record<string, unknown>>, headers: Readonly<Record<string, string>> = {}): Answer {
  return (request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? ''
    const body = answers[path] ?? answers['*']
    const isText = typeof body === 'string'
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': isText ? 'text/html' : 'application/json', ...headers }).end(isText ? body : JSON.stringify(body ?? { detail: 'Not Found' }))
  }
}

const INFO = { '/api/v1/info': { version: '0.12.1' } }
const SEEN = [{ id: 'b0000000-0000-4000-8000-000000000001', permissions: ['runs:create', 'projects:read', 'projects:create'] }]

t.test('what stands in front of LangSmith, or is none, is told from a refusal', async (t) => {
  const cases: Readonly<Record<string, { readonly answer: Answer, readonly says: RegExp, readonly code?: 0 | 1 }>> = {
    'a web page': { answer: byPath({ '*': '<html><title>Sign in</title></html>' }), says: /^api fail: .*status 200, a web page → check the address[^]*^key skip: not tried, because no LangSmith API was found$/m },
    'another API': { answer: byPath({}), says: /^api fail: .*status 404 →/m },
    'a version that is none': { answer: byPath({ '*': { version: 1 } }), says: /^api fail/m },
    'a server that is down': { answer: (_request, response) => { response.writeHead(503).end() }, says: /^api fail: .*status 503[^]*^key skip: not tried, because no LangSmith API was found$/m },
    'a server that breaks off': { answer: (_request, response) => { response.destroy() }, says: /^api fail: [^]*^key skip: not tried, because LangSmith was not reached$/m },
    'a clock that is wrong': { answer: byPath({ ...INFO, '/api/v1/sessions': [] }, { date: new Date(Date.now() - 5 * 3_600_000).toUTCString() }), says: /^clock warn: this machine is 5 hours ahead of the upstream → set the clock/m, code: 0 },
    'a clock that is behind': { answer: byPath({ ...INFO, '/api/v1/sessions': [] }, { date: new Date(Date.now() + 50 * 3_600_000).toUTCString() }), says: /^clock warn: this machine is 2 days behind/m, code: 0 },
    'no clock': { answer: byPath({ ...INFO, '/api/v1/sessions': [] }, { date: 'today' }), says: /^clock skip/m, code: 0 },
    'a key that nobody judged': { answer: byPath(INFO), says: /^key fail: .*status 404/m },
    'a gateway that refuses the key': { answer: (request, response) => { if (request.url === '/api/v1/info') byPath(INFO)(request, response, Buffer.alloc(0)); else response.writeHead(403, { 'content-type': 'text/html' }).end('<title>Zscaler</title>') }, says: /^key fail: .*Zscaler/m },
    'a limit that is reached': {
      answer: byPath({ ...INFO, '/api/v1/sessions': [], '/api/v1/workspaces': SEEN, '/api/v1/orgs/current/info': { tier: 'developer', disabled: true, member_disabled: true, sso_only: true }, '/api/v1/workspaces/current/usage_limits': { in_reject_set: true, usage_limit_type: 'total_unique_traces' } }),
      says: /^limits warn: the organization is disabled[^]*^limits warn: the owner[^]*^limits warn: .*SSO[^]*^limits warn: plan: developer; a usage limit is reached \(total_unique_traces\), so LangSmith rejects new traces; reads go on/m,
      code: 0
    },
    'a gate before the public page': { answer: (request, response) => { if (request.url === '/api/v1/info') response.writeHead(403, { 'content-type': 'text/html' }).end('<html>403</html>'); else byPath({ '/api/v1/sessions': [] })(request, response, Buffer.alloc(0)) }, says: /^api warn: .*does not let \/info through \(status 403\)[^]*^key ok/m, code: 0 },
    'an Agent Server': { answer: byPath({ '/info': { version: '0.4.1' } }), says: /^api warn: .*another service of LangSmith[^]*^key skip: not tried, because only the main API can be asked about it$/m, code: 0 },
    'a self-hosted LangSmith whose address lacks /api/v1': { answer: byPath({ ...INFO, '/api/v1/sessions': [], '*': '<html>LangSmith</html>' }), says: /^api ok: LangSmith 0\.12\.1\n[^]*^api warn: \S+\/api\/v1\/info is the API, but \S+\/info is not \(status 200\): the calls of SDKs fail → set the upstream .*\/api\/v1$[^]*^key ok/m, code: 0 },
    'nothing told but that the key works': { answer: byPath({ ...INFO, '/api/v1/sessions': [] }), says: /^key ok[^]*^workspace skip[^]*^permissions skip[^]*^limits skip/m, code: 0 },
    'a key without workspace': { answer: byPath({ ...INFO, '/api/v1/sessions': [], '/api/v1/workspaces': [] }), says: /^workspace warn: the key sees none/m, code: 0 }
  }
  for (const [name, { answer, says, code = 1 }] of Object.entries(cases)) {
    const { url } = await startUpstream(t, { answer })
    const report = await reportOf(t, { env: { LANGSMITH_API_KEY: TEST_KEY, LANGSMITH_ENDPOINT: url } })
    t.match(linesOf(report.routes[0]?.findings), says, name)
    t.equal(report.code, code, name)
  }
})

// Whoever runs the upstream has the key, and can put it, or what rewrites a terminal, wherever the doctor reads a word.
t.test('an upstream cannot make the doctor print the key or control the terminal', async (t) => {
  const { url } = await startUpstream(t, { answer: byPath({ '*': '', '/api/v1/info': { version: `\u001b[2J\u202e${TEST_KEY.slice(8, 40)}` }, '/api/v1/sessions': [], '/api/v1/workspaces': [{ id: TEST_KEY, display_name: TEST_KEY, permissions: [TEST_KEY] }], '/api/v1/orgs/current/info': { tier: TEST_KEY } }) })
  for (const json of [false, true]) {
    const { printed } = await runDoctor(t, { env: { LANGSMITH_API_KEY: TEST_KEY, LANGSMITH_ENDPOINT: url }, flags: json ? { json } : {} })
    t.match(printed, /LangSmith \\{1,2}u\{1b\}\[2J\\{1,2}u\{202e\}\*+/)
    for (const part of ['5ca1ab1e', '\u001b', '\u202e']) t.notOk(printed.includes(part))
  }
})

t.test('it says whether the proxy itself runs', async (t) => {
  const { regions: { us } } = await sandboxFor(t)
  const env = { LANGSMITH_API_KEY: keyOf('good-us'), LANGSMITH_ENDPOINT: us.url }
  const proxy = await startProgram(t, [], { env })
  const unready = await startUpstream(t, { answer: (_request, response) => { response.writeHead(503).end('not yet\u001b[2J\nmore') } })
  const said = async (port: number): Promise<string> => (await runProgram(t, ['doctor', '--port', String(port)], { env })).stdout
  t.match(await said(proxy.port), new RegExp(`ok {4}proxy {8}it runs at http://localhost:${proxy.port} and is ready`))
  t.match(await said(1), /skip {2}proxy {8}none answers at http:\/\/localhost:1; start it/)
  t.match(await said(unready.port), /warn {2}proxy {8}what answers at \S+ is not ready: not yet\[2J\n/)
})

t.test('as a program: 0 where all routes work, 1 where one cannot, 2 for a mistake', async (t) => {
  const { regions: { us } } = await sandboxFor(t)
  const env = (key: string): Record<string, string> => ({ LANGSMITH_API_KEY: keyOf(key), LANGSMITH_ENDPOINT: us.url })
  const [good, bad, asJson, mistake, usage] = await Promise.all([
    runProgram(t, ['doctor'], { env: env('viewer-us') }),
    runProgram(t, ['doctor'], { env: env('revoked-us') }),
    runProgram(t, ['doctor', '--json'], { env: env('revoked-us') }),
    runProgram(t, ['doctor'], { env: { ...env('good-us'), LANGSMITH_PROXY_PORT: 'x' } }),
    runProgram(t, ['doctor', '--everything'])
  ])
  t.match(good, { code: 0, stderr: '' })
  t.match(good.stdout, /^langsmith-proxy doctor {2}config: environment\n {2}ok {4}config {7}read from environment[^]*\n\nroute \/ {2}→ {2}http:\/\/127\.0\.0\.1:\d+ {2}credential default \[[0-9a-f]{8}\] from env:LANGSMITH_API_KEY\n {2}ok {4}secret[^]*\n {2}warn {2}permissions [^\n]*\n {21}→ [^]*\n\nthe route works; 1 warning\n$/)
  t.match(bad, { code: 1, stderr: '' })
  t.match(bad.stdout, /\n {2}fail {2}key {10}LangSmith refused the key \(403, [^]*\n {21}→ [^]*\n\nthe route cannot work\n$/)
  t.match(asJson, { code: 1, stderr: '' })
  t.match(JSON.parse(asJson.stdout), { config: 'environment', works: false, routes: [{ prefix: '/', credential: 'default', secret_ref: 'env:LANGSMITH_API_KEY', fingerprint: /^[0-9a-f]{8}$/, works: false }] })
  t.match(mistake, { code: 2, stdout: '', stderr: /^error: .*LANGSMITH_PROXY_PORT/ })
  t.match(usage, { code: 2, stdout: '', stderr: /^error: doctor has no flag/ })
})

t.test('each line comes as soon as it is known, an upstream that is silent costs seconds, and Ctrl-C ends it', async (t) => {
  const { url } = await startUpstream(t, { listener: () => {} })
  const start = (): ReturnType<typeof spawnProgram> => spawnProgram(t, ['doctor'], { env: { LANGSMITH_API_KEY: TEST_KEY, LANGSMITH_ENDPOINT: url } })
  const [patient, stopped] = [start(), start()]
  for (const program of [patient, stopped]) await program.until('the first steps', () => /ok {4}tcp/.test(program.stdout()) || undefined)
  stopped.child.kill('SIGINT')
  t.match(await stopped.end(), { signal: 'SIGINT', code: null, stderr: '' })
  t.equal(patient.child.exitCode, null, 'the other one still waits')
  const begun = performance.now()
  t.match(await patient.end(), { code: 1, stdout: /fail {2}api {10}127\.0\.0\.1:\d+: no answer within 2 seconds/ })
  t.ok(performance.now() - begun < 10_000)
})
