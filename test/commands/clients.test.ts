// "clients add|list|rotate|revoke" as people use them, beside a proxy that runs.

import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { makeClientKey } from '../../src/access/clients/client-key.ts'
import { parseCommandLine } from '../../src/commands/parse.ts'
import { ProxyError } from '../../src/errors.ts'
import { refuseLeak } from '../support/leaks.ts'
import { runProgram, spawnProgram, startProgram } from '../support/process.ts'
import type { End } from '../support/process.ts'
import { TEST_KEY } from '../support/proxy.ts'
import { startUpstream } from '../support/upstream.ts'

const KEY_LINE = /^lsp_[a-z0-9-]+_[0-9A-Za-z]{49}\n$/

type Ended = Pick<End, 'code' | 'stdout' | 'stderr'>

interface SetUp {
  readonly config: string
  /** The clients file. */
  readonly file: string
  /** Runs `clients …` in this process, one at a time. */
  readonly run: (...args: string[]) => Promise<Ended>
  /** Runs it as a process. */
  readonly spawn: (...args: string[]) => Promise<Ended>
}

/** A folder with a config of two routes. */
function setUp (t: Test, { upstream = 'http://127.0.0.1:9', settings = '' } = {}): SetUp {
  const folder = t.testdir({ 'config.yaml': `${settings}
credentials: { us: { apiKey: "env:US_KEY" } }
routes: [{ prefix: /, upstream: "${upstream}", credential: us }, { prefix: /eu, upstream: "${upstream}", credential: us }]
` })
  const config = join(folder, 'config.yaml')
  return {
    config, file: join(folder, 'clients.yaml'),
    run: (...args) => runHere(t, ['clients', ...args, '--config', config]),
    spawn: (...args) => runProgram(t, ['clients', ...args, '--config', config])
  }
}

async function runHere (t: Test, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const said = t.capture(process.stderr, 'write', () => true)
  const stderr = (): string => said().map(({ args: [text] }) => String(text)).join('')
  let stdout = ''
  try {
    const line = parseCommandLine(args)
    if (line.kind !== 'run') throw new Error('not run')
    const code = await line.command.run({ env, flags: line.flags, operands: line.operands, version: '0.0.0', print: (text) => { stdout += text } })
    return { code, stdout, stderr: stderr() }
  } catch (error) {
    if (!(error instanceof ProxyError)) throw error
    return { code: error.exitCode, stdout, stderr: `${stderr()}error: ${error.message}\nhint: ${error.hint}\n` }
  } finally {
    said.restore()
  }
}

t.test('a slip is refused before anything is written, and a key that was pasted is not repeated', async (t) => {
  const { run, file } = setUp(t)
  const pasted = makeClientKey('ana')
  const cases: readonly { args: readonly string[], message: RegExp, hint?: RegExp }[] = [
    { args: [], message: /one of add, list, rotate, revoke/ },
    { args: ['ad', 'ana'], message: /one of add/, hint: /clients add\?/ },
    { args: ['toString'], message: /one of add/ },
    { args: ['add'], message: /name of the client is missing/ },
    { args: ['add', 'Ana', '--role', 'full'], message: /small letters/ },
    { args: ['add', 'ana_2', '--role', 'full'], message: /small letters/ },
    { args: ['add', '__proto__', '--role', 'full'], message: /small letters/ },
    { args: ['add', 'a'.repeat(41), '--role', 'full'], message: /at most 40/ },
    { args: ['revoke', pasted], message: /small letters/, hint: /name alone/ },
    { args: ['add', 'ana'], message: /--role is missing/, hint: /full, no-delete, read-only, ingest-only, admin/ },
    { args: ['add', 'ana', '--role', 'readonly'], message: /no role of this name; did you mean read-only\?/ },
    { args: ['add', 'ana', '--role', pasted], message: /no role of this name/ },
    { args: ['add', 'ana', '--role', 'full', '--routes', '/,/ue'], message: /takes prefixes/, hint: /there are: \/, \/eu/ },
    { args: ['add', 'ana', '--role', 'full', '--routes', ','], message: /takes prefixes/ },
    ...['0d', '-1d', '90', '1y', '1.5h', '999999d'].map((time) => ({ args: ['add', 'ana', '--role', 'full', `--expires=${time}`], message: /--expires takes a time such as 24h or 90d, more than 0/ })),
    { args: ['add', 'ana', '--overlap', '1h'], message: /add takes no --overlap/ },
    { args: ['list', 'ana'], message: /list takes no name/ },
    { args: ['revoke', 'ana', '--role', 'full'], message: /revoke takes no --role/ }
  ]
  for (const { args, message, hint = /./ } of cases) {
    const { code, stderr } = await run(...args)
    const title = args.map((word) => word.slice(0, 12)).join(' ')
    t.equal(code, 2, title)
    t.match(stderr, message, title)
    t.match(stderr, hint, title)
    refuseLeak('the message', stderr, pasted)
  }
  t.throws(() => statSync(file), { code: 'ENOENT' })
})

t.test('add prints the key once, alone, and keeps only its hash', async (t) => {
  const { run, spawn, file } = setUp(t)
  const added = await spawn('add', 'ana', '--role', 'read-only', '--routes', '/,/eu', '--expires', '90d')
  t.equal(added.code, 0)
  t.match(added.stdout, KEY_LINE)
  t.match(added.stderr, /shown once.*X-API-Key.*valid until 20.*clients\.required is not set/s)
  t.equal(statSync(file).mode & 0o777, 0o600)
  refuseLeak('the file', readFileSync(file, 'utf8'), added.stdout.trim())
  refuseLeak('stderr', added.stderr, added.stdout.trim())

  t.match(await run('add', 'ana', '--role', 'full'), { code: 2, stdout: '', stderr: /there is a client ana already\nhint: .*rotate ana/ })
  const asJson = await run('add', 'ci', '--role', 'ingest-only', '--json')
  t.match(JSON.parse(asJson.stdout), { name: 'ci', role: 'ingest-only', created: /Z$/, key: /^lsp_ci_/ })

  t.match((await run('list')).stdout, /^NAME +ROLE +ROUTES +CREATED +EXPIRES +LAST USED\nana +read-only +\/,\/eu +20\S+ +20\S+ +-\nci +ingest-only +all +20\S+ +never +-\n$/)
  const listed = await run('list', '--json')
  t.match(JSON.parse(listed.stdout), [{ name: 'ana', role: 'read-only', routes: ['/', '/eu'], expires: /Z$/ }, { name: 'ci' }])
  refuseLeak('the list', listed.stdout, added.stdout.trim(), ...[...readFileSync(file, 'utf8').matchAll(/[0-9a-f]{64}/g)].map(([hash]) => hash))
})

// It is printed once: whoever redirects it into a full disk had a client, no key, and an exit code of 0.
t.test('a key that could not be shown is an error, which says that it was made', { skip: process.platform !== 'linux' && 'needs /dev/full' }, async (t) => {
  const { run, config } = setUp(t)
  const closedPipe = async (...args: string[]): Promise<End> => {
    const program = spawnProgram(t, ['clients', ...args, '--config', config])
    program.child.stdout?.destroy()
    return program.end()
  }
  const full = (...args: string[]): Promise<End> => runProgram(t, ['clients', ...args, '--config', config], { shell: 'exec >/dev/full;' })
  const hint = /\nhint: .*clients rotate [a-z]+ --overlap 0s/
  t.match(await full('add', 'ana', '--role', 'full'), { code: 1, stderr: /^error: client ana was made, but the key could not be shown: .*ENOSPC/ })
  t.match(await full('rotate', 'ana', '--json'), { code: 1, stderr: /^error: client ana has a new key, but the key could not be shown/ })
  const ended = await closedPipe('add', 'bo', '--role', 'full')
  t.match(ended, { code: 1, stderr: /^error: client bo was made, .*EPIPE/ })
  t.match(ended.stderr, hint)
  t.notMatch(ended.stderr, /shown once/)
  t.match(await full('list'), { code: 1, stderr: /^error: what was to be printed could not be written to stdout \(ENOSPC\)\nhint: / })
  t.equal((await closedPipe('list')).code, 0, 'a reader that has seen enough is no mishap')
  t.match((await run('list')).stdout, /^ana [^]*^bo /m)
})

t.test('who is not there is told, with the name that was probably meant', async (t) => {
  const { run } = setUp(t)
  t.match(await run('list'), { code: 0, stdout: /nobody has a client key; .*clients add NAME/ })
  t.match(await run('revoke', 'ana'), { code: 1, stderr: /there is no client ana\nhint: .*clients list/ })
  await run('add', 'ana', '--role', 'full')
  t.match(await run('revoke', 'anna'), { code: 1, stderr: /there is no client anna\nhint: did you mean ana\?/ })
  t.match(await run('rotate', 'anna'), { code: 1, stderr: /did you mean ana\?/ })
  t.match(await run('revoke', 'ana', '--json'), { code: 0, stdout: '{"revoked":"ana"}\n' })
})

t.test('a file that others can open, or with a mistake, is refused by commands and by the start', async (t) => {
  const { run, file, config } = setUp(t)
  await run('add', 'ana', '--role', 'full')
  chmodSync(file, 0o644)
  const start = (): Promise<End> => runProgram(t, ['--config', config, '--port', '0'], { env: { US_KEY: TEST_KEY } })
  for (const end of [await run('list'), await run('add', 'bo', '--role', 'full'), await start()]) t.match(end, { code: 2, stdout: '', stderr: /other users of this machine can open clients file .*\nhint: run chmod 600 / })
  chmodSync(file, 0o600)
  writeFileSync(file, 'clients:\n  ana: { role: nothing }\n')
  for (const end of [await run('list'), await run('revoke', 'ana'), await start()]) t.match(end, { code: 2, stdout: '', stderr: /mistakes in the settings.*\n {2}clients\.yaml:2 clients\.ana/ })
  t.equal(readFileSync(file, 'utf8'), 'clients:\n  ana: { role: nothing }\n')
})

t.test('two commands at once lose nothing', async (t) => {
  const { run, spawn } = setUp(t)
  const names = ['a', 'b', 'c', 'd']
  await Promise.all(names.map((name) => spawn('add', name, '--role', 'full')))
  t.same((JSON.parse((await run('list', '--json')).stdout) as { name: string }[]).map(({ name }) => name), names)
})

t.test('the whole way beside a proxy that runs: added, used, listed, rotated, revoked', async (t) => {
  const upstream = await startUpstream(t)
  const { config, run } = setUp(t, { upstream: upstream.url, settings: 'clients: { required: true }' })
  const proxy = await startProgram(t, ['--config', config], { env: { US_KEY: TEST_KEY } })
  t.match(proxy.lines('config.noticed'), [{ code: 'clients-none' }])
  const call = async (key: string, path = '/runs'): Promise<number> => (await fetch(proxy.url + path, { headers: { 'x-api-key': key } })).status
  const taken = (key: string): Promise<boolean> => proxy.until('the key to be taken', async () => await call(key) === 200 || undefined)
  const refused = (key: string): Promise<boolean> => proxy.until('the key to be refused', async () => await call(key) !== 200 || undefined)

  const ana = (await run('add', 'ana', '--role', 'full')).stdout.trim()
  const root = (await run('add', 'root', '--role', 'admin')).stdout.trim()
  await taken(ana)
  await taken(root)
  t.equal(await call(makeClientKey('ana')), 401)

  const list = ['clients', 'list', '--config', config]
  const asAdmin = await runHere(t, list, { LANGSMITH_PROXY_PORT: String(proxy.port), LANGSMITH_API_KEY: root })
  t.match(asAdmin, { code: 0, stdout: /^ana +full .* 0 minutes ago$/m })
  const asNobody = await runHere(t, list, { LANGSMITH_PROXY_PORT: String(proxy.port) })
  t.match(asNobody, { code: 0, stdout: /^ana +full .* -$/m, stderr: /only admins.*LANGSMITH_API_KEY/ })

  const explained = await runHere(t, ['explain', 'GET', '/runs', '--config', config], { US_KEY: TEST_KEY, LANGSMITH_PROXY_PORT: String(proxy.port) })
  t.match(explained.stdout, /tells only admins what was refused/)

  const rotated = (await run('rotate', 'ana', '--overlap', '1h', '--json')).stdout
  const { key: second, old_key_until: until } = JSON.parse(rotated) as { key: string, old_key_until: string }
  t.ok(Date.parse(until) > Date.now() + 3000_000)
  await taken(second)
  t.equal(await call(ana), 200, 'the old one, too')
  const third = (await run('rotate', 'ana', '--overlap', '0s')).stdout.trim()
  await taken(third)
  await refused(ana)
  await refused(second)

  await run('revoke', 'ana')
  await refused(third)
  t.equal(await call(root), 200)
  t.match(proxy.lines('clients.reloaded').at(-1), { removed: ['ana'], msg: 'clients file read again; removed: ana' })
  refuseLeak('the log', proxy.stderr(), ana, second, third, root)
})

// The address does not change before a restart, so the new settings alone would let the network in without keys.
t.test('a reload that moves to loopback without client keys is not taken over while the proxy listens beyond', async (t) => {
  const upstream = await startUpstream(t)
  const beyond = 'listen: { host: 0.0.0.0, behindTlsProxy: true }\nclients: { required: true }'
  const { config } = setUp(t, { upstream: upstream.url, settings: beyond })
  const proxy = await startProgram(t, ['--config', config], { env: { US_KEY: TEST_KEY } })
  writeFileSync(config, readFileSync(config, 'utf8').replace(beyond, 'listen: { host: localhost }'))
  t.match(await proxy.until('config.rejected', () => proxy.lines('config.rejected')[0]), { code: 'listen-refused', message: /until it ends/ })
  t.equal((await fetch(`http://127.0.0.1:${String(proxy.port)}/runs`)).status, 401)
  writeFileSync(config, readFileSync(config, 'utf8').replace('listen: { host: localhost }', 'listen: { host: localhost }\nclients: { required: true }'))
  t.match(await proxy.until('config.reloaded', () => proxy.lines('config.reloaded')[0]), { needs_restart: ['listen.host'] })
})

t.test('a reload that lets in callers without a key is told, once', async (t) => {
  const upstream = await startUpstream(t)
  const { config } = setUp(t, { upstream: upstream.url, settings: 'clients: { required: true }' })
  const proxy = await startProgram(t, ['--config', config], { env: { US_KEY: TEST_KEY } })
  const notices = (): readonly unknown[] => proxy.lines('config.noticed').filter(({ code }) => code === 'clients-not-required')
  const required = readFileSync(config, 'utf8')
  writeFileSync(config, required.replace('required: true', 'required: false'))
  t.match(await proxy.until('the notice', () => notices()[0]), { level: 'warn', msg: /clients\.required is not set any more: .*without a client key are served.*clients\.required: true again/ })
  t.equal((await fetch(`${proxy.url}/runs`)).status, 200)
  writeFileSync(config, required)
  await proxy.until('the second reload', () => proxy.lines('config.reloaded')[1])
  t.equal((await fetch(`${proxy.url}/runs`)).status, 401)
  t.equal(notices().length, 1)
})

t.test('a key whose time is over is refused, and rotate gives its client more', async (t) => {
  const upstream = await startUpstream(t)
  const { config, run } = setUp(t, { upstream: upstream.url, settings: 'clients: { required: true }' })
  const key = (await run('add', 'ana', '--role', 'full', '--expires', '3s')).stdout.trim()
  const proxy = await startProgram(t, ['--config', config], { env: { US_KEY: TEST_KEY } })
  await proxy.until('the end of the key', async () => (await fetch(`${proxy.url}/x`, { headers: { 'x-api-key': key } })).status === 401 || undefined)
  t.match(await proxy.until('the line', () => proxy.lines('request.denied')[0]), { code: 'client-key-unknown', detail: 'the client key of ana has expired' })
  t.match((await run('list')).stdout, /^ana .* expired /m)
  t.match(await run('rotate', 'ana'), { code: 2, stderr: /client ana has expired\nhint: .*--expires/ })
  const next = (await run('rotate', 'ana', '--expires', '1h')).stdout.trim()
  await proxy.until('the new key', async () => (await fetch(`${proxy.url}/x`, { headers: { 'x-api-key': next } })).status === 200 || undefined)
})
