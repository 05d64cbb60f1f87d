// Secrets and config that change while the proxy runs, as a process with real files, in front of the sandbox.

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import type { Test } from 'tap'
import { Agent, request } from 'undici'
import { Secret } from '../src/secrets/secret.ts'
import { defaultWorld } from '../src/sandbox/default-world.ts'
import { startSandbox, type Sandbox } from '../src/sandbox/sandbox.ts'
import type { World } from '../src/sandbox/world.ts'
import { spawnProgram, startProgram, type Serving } from './support/process.ts'
import { startUpstream, valuesOf, type Answer } from './support/upstream.ts'

const GOOD_KEYS = ['0a1b2c3d', '1b2c3d4e', '2c3d4e5f', '3d4e5f60', '4e5f6071', '5f607182', '60718293', '718293a4'].map(keyFrom)
const BAD_KEYS = ['bad0bad1', 'bad2bad3', 'bad4bad5'].map(keyFrom)
const LIST = '/api/v1/sessions?limit=1'

function keyFrom (word: string): string {
  return `lsv2_pt_${word.repeat(4)}_${word.repeat(2).slice(0, 10)}`
}

function fingerprintOf (key: string | undefined): string {
  return new Secret(key ?? '').fingerprint
}

/** The default world, in which all the good keys belong to the same person. */
function world (): World {
  const { keys, ...rest } = defaultWorld()
  const [model] = keys
  if (model === undefined) throw new Error('no keys')
  return { ...rest, keys: [...keys, ...GOOD_KEYS.map((value, at) => ({ ...model, name: `rotated-${at}`, value }))] }
}

async function sandboxFor (t: Test): Promise<Sandbox> {
  const sandbox = await startSandbox({ world: world(), remember: 20_000 })
  t.teardown(() => sandbox.close())
  return sandbox
}

/** Puts a file in place as careful programs do: whole, with the right mode. */
function put (path: string, text: string | undefined): void {
  writeFileSync(`${path}.new`, text ?? '', { mode: 0o600 })
  renameSync(`${path}.new`, path)
}

function configOf (upstream: string, extra = '', apiKey = 'file:keys/us'): string {
  return `credentials: { us: { apiKey: "${apiKey}" } }\nroutes:\n  - { prefix: /, upstream: "${upstream}", credential: us }\n${extra}`
}

interface Started extends Serving { readonly keyFile: string, readonly configFile: string }

async function start (t: Test, upstream: string, { key = GOOD_KEYS[0], extra = '', args = [], env = {} }: { key?: string | undefined, extra?: string, args?: string[], env?: Record<string, string> } = {}): Promise<Started> {
  const folder = t.testdir({ keys: {} })
  const [keyFile, configFile] = [join(folder, 'keys/us'), join(folder, 'config.yaml')]
  if (key !== undefined) put(keyFile, key)
  put(configFile, configOf(upstream, extra))
  return { ...await startProgram(t, ['--config', configFile, ...args], { env }), keyFile, configFile }
}

/** Waits for the n-th event of a name. */
function event (program: Serving, name: string, nth = 1): Promise<Record<string, unknown>> {
  return program.until(`${name} (${nth})`, () => program.lines(name)[nth - 1])
}

async function statusOf (url: string): Promise<number> {
  const { statusCode, body } = await request(url)
  await body.dump()
  return statusCode
}

/** Samples of one metric by one label. */
async function metric (program: Serving, name: string, label: string): Promise<Record<string, number>> {
  const { body } = await request(`${program.url}/-/metrics`)
  const sums: Record<string, number> = {}
  for (const line of (await body.text()).split('\n')) {
    const [, labels = '', value] = new RegExp(`^${name}\\{(.*)\\} (\\S+)$`).exec(line) ?? []
    const by = new RegExp(`${label}="([^"]*)"`).exec(labels)?.[1]
    if (by !== undefined) sums[by] = (sums[by] ?? 0) + Number(value)
  }
  return sums
}

t.test('a key file that is replaced is tested and used; a bad one, an empty one or none changes nothing', async (t) => {
  const sandbox = await sandboxFor(t)
  const program = await start(t, sandbox.regions.us.url)
  const inUse = async (): Promise<string | undefined> => {
    t.equal(await statusOf(program.url + LIST), 200)
    return valuesOf(sandbox.requests.at(-1)?.rawHeaders ?? [], 'x-api-key')[0]
  }
  t.equal(await inUse(), GOOD_KEYS[0])

  put(program.keyFile, GOOD_KEYS[1])
  t.match(await event(program, 'credential.rotated'), {
    level: 'info', credential: 'us', secret_ref: `file:${program.keyFile}`, from: fingerprintOf(GOOD_KEYS[0]), to: fingerprintOf(GOOD_KEYS[1]), test: 'accepted', msg: /new key \[\w{8}\] instead of \[\w{8}\] is in use; LangSmith accepts it/
  })
  t.equal(await inUse(), GOOD_KEYS[1])

  put(program.keyFile, BAD_KEYS[0])
  t.match(await event(program, 'credential.rejected'), { level: 'error', fingerprint: fingerprintOf(BAD_KEYS[0]), kept: fingerprintOf(GOOD_KEYS[1]), status: 403 })
  t.equal(await inUse(), GOOD_KEYS[1])

  writeFileSync(program.keyFile, '')
  t.match(await event(program, 'credential.failed'), { level: 'warn', code: 'secret-missing', kept: fingerprintOf(GOOD_KEYS[1]), detail: /is empty/ })
  rmSync(program.keyFile)
  t.match(await event(program, 'credential.failed', 2), { detail: /is not there/ })
  t.equal(await inUse(), GOOD_KEYS[1])

  writeFileSync(program.keyFile, GOOD_KEYS[2] ?? '', { mode: 0o644 })
  t.match(await event(program, 'credential.failed', 3), { code: 'secret-exposed', hint: /chmod 600/ })
  put(program.keyFile, `${GOOD_KEYS[2] ?? ''}\n`)
  t.match(await event(program, 'credential.recovered'), { level: 'info' })
  t.match(await event(program, 'credential.rotated', 2), { to: fingerprintOf(GOOD_KEYS[2]) })
  t.equal(await inUse(), GOOD_KEYS[2])
  t.same(await metric(program, 'langsmith_proxy_credential_info', 'version'), { [fingerprintOf(GOOD_KEYS[2])]: 1 })
  t.match(await metric(program, 'langsmith_proxy_credential_age_seconds', 'credential'), { us: Number })
  t.match(program.lines('request.completed').at(-1), { fingerprint: fingerprintOf(GOOD_KEYS[2]) })
  for (const key of [...GOOD_KEYS, ...BAD_KEYS]) t.notMatch(program.stderr(), key.slice(8, 24), 'no key is in the log')
})

t.test('a Kubernetes secret is swapped by its link', async (t) => {
  const sandbox = await sandboxFor(t)
  const folder = t.testdir({ secret: { '..1': {} } })
  const mount = join(folder, 'secret')
  put(join(mount, '..1', 'us'), GOOD_KEYS[0])
  symlinkSync('..1', join(mount, '..data'))
  symlinkSync('..data/us', join(mount, 'us'))
  const configFile = join(folder, 'config.yaml')
  put(configFile, configOf(sandbox.regions.us.url, '', `file:${mount}/us`))
  const program = await startProgram(t, ['--config', configFile])
  mkdirSync(join(mount, '..2'))
  put(join(mount, '..2', 'us'), GOOD_KEYS[1])
  symlinkSync('..2', join(mount, '..data_tmp'))
  renameSync(join(mount, '..data_tmp'), join(mount, '..data'))
  t.match(await event(program, 'credential.rotated'), { to: fingerprintOf(GOOD_KEYS[1]) })
})

t.test('when LangSmith begins to refuse the new key and still takes the old one, the old one is used again', async (t) => {
  const accepted = new Set(GOOD_KEYS)
  const upstream = await startUpstream(t, {
    answer: (incoming, response) => {
      const isGood = accepted.has(String(incoming.headers['x-api-key']))
      response.writeHead(isGood ? 200 : 403, { 'content-type': 'application/json' }).end(isGood ? '[]' : '{"detail":"Forbidden"}') // B7
    }
  })
  const program = await start(t, upstream.url)
  put(program.keyFile, GOOD_KEYS[1])
  await event(program, 'credential.rotated')
  accepted.delete(GOOD_KEYS[1] ?? '')
  t.equal(await statusOf(`${program.url}/runs`), 403, 'the client gets the refusal as it is')
  t.match(await event(program, 'credential.reverted'), { level: 'error', from: fingerprintOf(GOOD_KEYS[1]), to: fingerprintOf(GOOD_KEYS[0]) })
  t.equal(await statusOf(`${program.url}/runs`), 200)
  const calls = upstream.received.map(({ method, url }) => `${method} ${url}`)
  t.same(calls.filter((call) => call === 'GET /runs').length, 2, 'a client\'s request is never sent twice')
  t.same(new Set(calls), new Set(['GET /runs', 'GET /api/v1/sessions?limit=1']))
})

t.test('a new key is used with a warning when LangSmith cannot be asked', async (t) => {
  const upstream = await startUpstream(t, { listener: () => {} }) // never answers
  const program = await start(t, upstream.url)
  const began = performance.now()
  put(program.keyFile, GOOD_KEYS[1])
  t.match(await event(program, 'credential.rotated'), { level: 'warn', test: 'untold', reason: 'no answer within 2 seconds' })
  t.ok(performance.now() - began > 1900)
})

t.test('--allow-missing-secrets starts without a key, answers 503 and heals by itself', async (t) => {
  const sandbox = await sandboxFor(t)
  const program = await start(t, sandbox.regions.us.url, { key: '', args: ['--allow-missing-secrets'] })
  t.match(program.lines('config.noticed'), [{ code: 'secret-missing', msg: /routes answer 503/ }])
  const { statusCode, headers, body } = await request(program.url + LIST)
  t.match(await body.json(), { code: 'credential-unavailable', detail: /"us"/ })
  t.match({ statusCode, headers }, { statusCode: 503, headers: { 'retry-after': /\d/ } })
  t.equal(await statusOf(`${program.url}/-/ready`), 503)
  t.equal(await statusOf(`${program.url}/-/live`), 200)
  t.equal(sandbox.requests.length, 0)
  put(program.keyFile, GOOD_KEYS[0])
  t.match(await event(program, 'credential.rotated'), { to: fingerprintOf(GOOD_KEYS[0]) })
  t.equal(await statusOf(program.url + LIST), 200)
  t.equal(await statusOf(`${program.url}/-/ready`), 200)
})

t.test('a program that prints the key and its end is run again in time, and after a refusal', async (t) => {
  const sandbox = await sandboxFor(t)
  const folder = t.testdir({ 'print-key': '#!/bin/sh\ncat "$(dirname "$0")/answer"\n' })
  const answer = (key: string | undefined, seconds: number): void => { put(join(folder, 'answer'), JSON.stringify({ value: key, expires_at: new Date(Date.now() + seconds * 1000).toISOString() })) }
  answer(GOOD_KEYS[0], 2)
  put(join(folder, 'config.yaml'), configOf(sandbox.regions.us.url, '', `exec:sh ${folder}/print-key`))
  const program = await startProgram(t, ['--config', join(folder, 'config.yaml')])
  answer(GOOD_KEYS[1], 3600)
  t.match(await event(program, 'credential.rotated'), { secret_ref: 'exec:sh …', to: fingerprintOf(GOOD_KEYS[1]) })
  answer(BAD_KEYS[0], 3600)
  process.kill(program.pid, 'SIGHUP')
  t.match(await event(program, 'credential.rejected'), { fingerprint: fingerprintOf(BAD_KEYS[0]) })
})

t.test('a changed config is taken over as a whole, or not at all', async (t) => {
  const sandbox = await sandboxFor(t)
  const { us, eu } = sandbox.regions
  let finish = (): void => {}
  const slow = await startUpstream(t, { listener: (_request, response) => { response.write('begun '); finish = () => { response.end('and finished') } } })
  const program = await start(t, us.url, { extra: `  - { prefix: /slow, upstream: "${slow.url}", credential: us }\n` })

  put(program.configFile, `${configOf(us.url)}  - { prefix: /eu, upstream: "${eu.url}", credential: eu }\n`)
  t.match(await event(program, 'config.rejected'), { level: 'error', by: 'file', code: 'config-invalid', message: /config\.yaml:4 routes\[1\]\.credential: there is no credential of this name/ })
  t.equal(await statusOf(program.url + LIST), 200, 'the one before still works')

  const underWay = await request(`${program.url}/slow/x`)
  put(program.configFile, `${configOf(us.url)}  - { prefix: /eu, upstream: "${eu.url}", credential: us }\ntimeouts: { idle: 20s }\nlisten: { port: 1 }\n`)
  t.match(await event(program, 'config.reloaded'), {
    by: 'file', routes_added: ['/eu'], routes_removed: ['/slow'], routes_changed: [], changed: ['timeouts.idle'],
    needs_restart: []
  }, 'the port of the command line stays, so nothing needs a restart')
  t.equal(await statusOf(`${program.url}/eu${LIST}`), 403, 'the route is there; its key is one of another region')
  t.equal(await statusOf(`${program.url}/slow/x`), 404, 'the other is gone: its path belongs to / now')
  finish()
  t.equal(await underWay.body.text(), 'begun and finished', 'what was under way ends as it began')

  put(program.configFile, `${configOf(us.url)}  - { prefix: /eu, upstream: "${eu.url}", credential: us }\ntimeouts: { idle: 20s }\nlisten: { port: 1 }\nadmin: { port: 0 }\n`)
  t.match(await event(program, 'config.reloaded', 2), { level: 'warn', changed: ['admin'], needs_restart: ['admin'] })
  rmSync(program.configFile)
  t.match(await event(program, 'config.rejected', 2), { message: /there is no such file/ })
  process.kill(program.pid, 'SIGHUP')
  t.match(await event(program, 'config.rejected', 3), { by: 'SIGHUP' })
  t.equal(await statusOf(program.url + LIST), 200)
})

t.test('a mistake that is taken back is told, and a pipe in the place of the config stops nothing', { skip: process.platform === 'win32' && 'needs mkfifo' }, async (t) => {
  const sandbox = await sandboxFor(t)
  const program = await start(t, sandbox.regions.us.url)
  const good = readFileSync(program.configFile, 'utf8')
  put(program.configFile, 'routes: 7\n')
  await event(program, 'config.rejected')
  put(program.configFile, good)
  t.match(await event(program, 'config.reloaded'), { msg: /no setting changed/ })
  rmSync(program.configFile)
  execFileSync('mkfifo', [program.configFile])
  t.match(await event(program, 'config.rejected', 2), { message: /cannot be read|no such file/ })
  process.kill(program.pid, 'SIGHUP')
  t.match(await event(program, 'config.rejected', 3), { message: /NOT_A_FILE/ })
  t.equal(await statusOf(program.url + LIST), 200)
})

t.test('a key in use does not follow a config that leads elsewhere', { skip: process.platform === 'win32' && 'needs sh' }, async (t) => {
  const answer: Answer = (_request, response) => { response.setHeader('content-type', 'application/json').end('[]') }
  const [here, there] = [await startUpstream(t, { answer }), await startUpstream(t, { answer })]
  const to = (url: string): string => `credentials: { us: { apiKey: "exec:cat key" } }\nroutes: [ { prefix: /, upstream: "${url}", credential: us } ]\n`
  const program = await startProgram(t, ['--config', 'config.yaml'], { files: { key: GOOD_KEYS[0] ?? '', 'config.yaml': to(here.url) }, env: { LANGSMITH_PROXY_STARTUP_CHECK: 'warn', LANGSMITH_PROXY_DIAGNOSIS_PROBE: 'same-host' } })
  await event(program, 'route.checked')
  put(join(program.folder, 'key'), GOOD_KEYS[1])
  put(join(program.folder, 'config.yaml'), to(there.url))
  process.kill(program.pid, 'SIGHUP')
  await event(program, 'route.checked', 2)
  t.equal(await statusOf(program.url + LIST), 200)
  t.same(new Set(there.received.flatMap(({ rawHeaders }) => valuesOf(rawHeaders, 'x-api-key'))), new Set([GOOD_KEYS[1]]))
  t.same(new Set(here.received.flatMap(({ rawHeaders }) => valuesOf(rawHeaders, 'x-api-key'))), new Set([GOOD_KEYS[0]]))
})

t.test('a change of the config while it starts is not missed', { skip: process.platform === 'win32' && 'needs sh' }, async (t) => {
  const sandbox = await sandboxFor(t)
  const slow = (prefix: string): string => `credentials: { us: { apiKey: "exec:sh slow.sh" } }\nroutes: [ { prefix: ${prefix}, upstream: "${sandbox.regions.us.url}", credential: us } ]\n`
  const program = spawnProgram(t, ['--config', 'config.yaml', '--port', '0'], { files: { 'slow.sh': `touch begun; sleep 2; echo ${GOOD_KEYS[0]}\n`, 'config.yaml': slow('/') } })
  await program.until('the program', () => existsSync(join(program.folder, 'begun')) || undefined)
  put(join(program.folder, 'config.yaml'), slow('/new'))
  t.match(await program.until('the reload', () => program.lines('config.reloaded')[0]), { routes_added: ['/new'], routes_removed: ['/'] })
})

t.test('SIGHUP reads everything again and never ends the program', async (t) => {
  const sandbox = await sandboxFor(t)
  const program = await start(t, sandbox.regions.us.url)
  process.kill(program.pid, 'SIGHUP')
  t.match(await event(program, 'config.reloaded'), { by: 'SIGHUP', routes_added: [], changed: [], msg: 'config reloaded (SIGHUP); no setting changed' })
  put(program.keyFile, GOOD_KEYS[1])
  process.kill(program.pid, 'SIGHUP')
  await event(program, 'credential.rotated')
  t.equal(await statusOf(program.url + LIST), 200)
})

t.test('rotation under load: no request fails, and each version is counted', { timeout: 90_000 }, async (t) => {
  const RATE = 200
  const SECONDS = 20
  const sandbox = await sandboxFor(t)
  const program = await start(t, sandbox.regions.us.url, { args: ['--log-level', 'info'] })
  const agent = new Agent({ connections: 50 })
  t.teardown(() => agent.close())
  const statuses: Record<string, number> = {}
  const send = async (): Promise<void> => {
    const status = await request(program.url + LIST, { dispatcher: agent }).then(async ({ statusCode, body }) => { await body.dump(); return String(statusCode) }, (error: unknown) => String(error))
    statuses[status] = (statuses[status] ?? 0) + 1
  }
  const replacements = [GOOD_KEYS[1], BAD_KEYS[0], GOOD_KEYS[2], GOOD_KEYS[3], BAD_KEYS[1], GOOD_KEYS[4], GOOD_KEYS[5], BAD_KEYS[2], GOOD_KEYS[6], GOOD_KEYS[7]]
  const pending: Promise<void>[] = []
  const began = performance.now()
  let replaced = 0
  for (let sent = 0; sent < RATE * SECONDS; sent++) {
    const due = began + sent * 1000 / RATE
    if (performance.now() < due) await delay(due - performance.now())
    if (replaced < replacements.length && sent >= (replaced + 0.5) * RATE * SECONDS / replacements.length) put(program.keyFile, replacements[replaced++])
    pending.push(send())
  }
  const seconds = (performance.now() - began) / 1000
  await Promise.all(pending)
  await program.until('all rotations', () => program.lines('credential.rotated').length === 7 && program.lines('credential.rejected').length === 3 ? true : undefined)

  const counted = await metric(program, 'langsmith_proxy_credential_answers_total', 'version')
  const results = await metric(program, 'langsmith_proxy_credential_answers_total', 'result')
  const received: Record<string, number> = {}
  const clientsOwn = sandbox.requests.filter(({ rawHeaders }) => !valuesOf(rawHeaders, 'user-agent').includes('langsmith-proxy'))
  for (const { rawHeaders } of clientsOwn) {
    const version = fingerprintOf(valuesOf(rawHeaders, 'x-api-key')[0])
    received[version] = (received[version] ?? 0) + 1
  }
  t.comment(`${RATE * SECONDS} requests in ${seconds.toFixed(1)} s (${(RATE * SECONDS / seconds).toFixed(0)}/s), ${replaced} replacements, 3 of them bad`)
  t.comment(`answers: ${JSON.stringify(statuses)}; results: ${JSON.stringify(results)}`)
  t.comment(`by version: ${JSON.stringify(counted)}`)
  t.same(statuses, { 200: RATE * SECONDS }, 'no request failed')
  t.same(counted, received, 'the metrics say what the upstream received')
  t.same(Object.keys(counted).sort(), GOOD_KEYS.map(fingerprintOf).sort(), 'all good versions were used, and no bad one')
  t.equal(Object.values(counted).reduce((sum, count) => sum + count, 0), RATE * SECONDS, 'and they add up')
  t.same(await metric(program, 'langsmith_proxy_credential_rotations_total', 'result'), { rotated: 7, rejected: 3, reverted: 0, failed: 0 })
})
