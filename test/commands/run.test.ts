// One command with a proxy of its own: what the command gets, what it must not see, and what is left when it has ended.

import { existsSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import type { Test } from 'tap'
import { CTRL_C, NO_TERMINAL } from '../support/at-terminal.ts'
import { TEST_KEY } from '../support/proxy.ts'
import { runProgram, spawnProgram } from '../support/process.ts'
import type { Program, ProgramOptions } from '../support/process.ts'
import { startUpstream, valuesOf } from '../support/upstream.ts'
import type { Upstream, UpstreamOptions } from '../support/upstream.ts'

const NO_PROC = existsSync('/proc/self/environ') ? false : 'there is no /proc here'
const NODE = process.execPath

/** A config whose key is in LS_CREDENTIAL, and the upstream that it leads to. */
async function behind (t: Test, answers: UpstreamOptions = {}, settings = ''): Promise<{ upstream: Upstream, options: ProgramOptions, flags: readonly string[] }> {
  const upstream = await startUpstream(t, answers)
  const config = `${settings}credentials: { us: { apiKey: "env:LS_CREDENTIAL" } }\nroutes: [{ prefix: /, upstream: "${upstream.url}", credential: us }]\n`
  return { upstream, options: { env: { LS_CREDENTIAL: TEST_KEY }, files: { 'proxy.yaml': config } }, flags: ['run', '--config', 'proxy.yaml'] }
}

/** Words that run a piece of JavaScript. */
const js = (code: string): readonly string[] => ['--', NODE, '-e', code]

const accepts = (port: number): Promise<boolean> => new Promise((resolve) => {
  const socket = connect(port, '127.0.0.1')
  socket.once('connect', () => { socket.destroy(); resolve(true) }).once('error', () => { resolve(false) })
})

/** Whether a process is there, a zombie included. */
function isThere (pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** What the command printed in its first line, as JSON. */
async function printed<Found> (program: Program): Promise<Found> {
  return JSON.parse(await program.until('the first line', () => program.stdout().includes('\n') ? program.stdout() : undefined)) as Found
}

t.test('without a command after -- it is a usage error', async (t) => {
  const [missing, misplaced] = await Promise.all([runProgram(t, ['run']), runProgram(t, ['run', 'curl', TEST_KEY.slice(0, 5)])])
  t.match(missing, { code: 2, stdout: '', stderr: /^error: the command to run is missing\nhint: put it after --/ })
  t.match(await runProgram(t, ['run', '--', '']), { code: 2, stdout: '', stderr: /^error: the command to run is empty\nhint: put it after --/ })
  t.match(misplaced, { code: 2, stdout: '', stderr: /^error: the command to run must stand after --\nhint: / })
})

t.test('a command that is not there ends with 127, one that cannot be run with 126, as in a shell', async (t) => {
  const { options, flags } = await behind(t)
  const [absent, unfit, secret] = await Promise.all([
    runProgram(t, [...flags, '--', 'no-such-command'], options), runProgram(t, [...flags, '--', './proxy.yaml'], options), runProgram(t, [...flags, '--', TEST_KEY], options)
  ])
  t.match(absent, { code: 127, stdout: '', stderr: /^error: there is no such command: no-such-command\nhint: .*PATH.*\n$/ })
  t.match(unfit, { code: 126, stdout: '', stderr: /^error: the command cannot be run: \.\/proxy\.yaml \(EACCES\)\nhint: .*chmod/ })
  t.match(secret, { code: 127 })
  t.notMatch(secret.stderr, /5ca1ab1e/)
})

t.test('without its key the proxy does not start, and neither does the command', async (t) => {
  const { options, flags } = await behind(t)
  const end = await runProgram(t, [...flags, ...js('console.log("ran")')], { ...options, env: {} })
  t.match(end, { code: 2, stdout: '', stderr: /LS_CREDENTIAL/ })
})

// The command is somebody's app, or a script of a repository: whatever it prints, logs or sends may show its environment.
t.test('no key is in the environment or the arguments of the command', { skip: NO_PROC }, async (t) => {
  const { options, flags } = await behind(t)
  const program = spawnProgram(t, [...flags, ...js('console.log(JSON.stringify({ pid: process.pid, env: process.env })); setTimeout(() => {}, 20_000)')], {
    ...options, env: { ...options.env, LANGSMITH_API_KEY: TEST_KEY, LANGCHAIN_API_KEY: TEST_KEY, COPY: `Bearer ${TEST_KEY}`, OTHER_TOKEN: 'mine', LANGSMITH_PROFILE: 'p', LANGSMITH_PROXY_LOG_LEVEL: 'debug' }
  })
  const { pid, env } = await printed<{ pid: number, env: Record<string, string> }>(program)
  t.match(env, { LANGSMITH_API_KEY: 'local-proxy', LANGCHAIN_API_KEY: 'local-proxy', OTHER_TOKEN: 'mine', LANGSMITH_ENDPOINT: /^http:\/\/127\.0\.0\.1:\d+$/, NO_PROXY: 'localhost,127.0.0.1' })
  for (const name of ['LS_CREDENTIAL', 'COPY', 'LANGSMITH_PROFILE', 'LANGSMITH_PROXY_LOG_LEVEL']) t.notOk(name in env, name)
  for (const file of ['environ', 'cmdline']) t.notMatch(readFileSync(`/proc/${pid}/${file}`, 'latin1'), /5ca1ab1e/, file)
  t.match(program.lines('config.noticed').flatMap(({ code, message }) => code === 'variable-withheld' ? [message] : []), [/^COPY \(environment\) holds a key/], 'what nobody would expect to be missing is told')
  t.notMatch(program.stderr(), /5ca1ab1e/)
  process.kill(pid, 'SIGTERM')
  t.match(await program.end(), { code: 143 })
})

// A copy in another form is still the key: OTEL exporters take `Basic`, tools take a whole JSON in one variable.
t.test('a variable with the key in another form is withheld; one that only looks a little like it is passed on', async (t) => {
  const { options, flags } = await behind(t)
  const held = {
    BASIC: `Basic ${Buffer.from(`u:${TEST_KEY}`).toString('base64')}`, JSON_BASE64: Buffer.from(JSON.stringify({ key: TEST_KEY })).toString('base64url'), IN_URL: `https://u:${encodeURIComponent(TEST_KEY)}@h/`, PIECE: TEST_KEY.slice(9, 30)
  }
  const passed = { PATH: `${process.env.PATH ?? ''}:/opt/tools__bin:/opt/5ca1ab1e/bin`, TOOL: 'tools__search', EXAMPLE: 'lsv2_pt_your-key' }
  const end = await runProgram(t, [...flags, ...js('console.log(JSON.stringify(process.env))')], { ...options, env: { ...options.env, ...held, ...passed } })
  const env = JSON.parse(end.stdout) as Record<string, string>
  t.match(env, passed)
  for (const name of Object.keys(held)) {
    t.notOk(name in env, name)
    t.match(end.stderr, `${name} (environment) holds a key and was not passed`)
  }
})

// Else the calls of an app that is meant for the EU would go to the default route: another region, with another key.
t.test('an endpoint of LangSmith becomes the route that leads there; without one it is the proxy as a whole, and told', async (t) => {
  const config = 'credentials: { us: { apiKey: "env:LS_CREDENTIAL" } }\nroutes: [{ prefix: /, region: us, credential: us }, { prefix: /eu, region: eu, credential: us }]\n'
  const endpoint = (before: string): ReturnType<typeof runProgram> => runProgram(t, ['run', '--config', 'proxy.yaml', ...js('console.log(new URL(process.env.LANGSMITH_ENDPOINT).pathname)')], {
    env: { LS_CREDENTIAL: TEST_KEY, LANGSMITH_ENDPOINT: before }, files: { 'proxy.yaml': config }
  })
  const [eu, apac] = await Promise.all([endpoint('https://eu.api.smith.langchain.com'), endpoint('https://apac.api.smith.langchain.com')])
  t.match(eu, { code: 0, stdout: '/eu\n' })
  t.notMatch(eu.stderr, /endpoint-unrouted/)
  t.match(apac, { code: 0, stdout: '/\n', stderr: /"code":"endpoint-unrouted","message":"LANGSMITH_ENDPOINT \(environment\): no route leads there/ })
})

t.test('the command reaches LangSmith with the key that it does not have, and only it prints on stdout', async (t) => {
  const { upstream, options, flags } = await behind(t)
  const call = 'fetch(process.argv[1] + "/runs", { headers: { "x-api-key": process.env.LANGSMITH_API_KEY } }).then((answer) => answer.text()).then((text) => { console.log(text); console.error("own words"); process.exit(3) })'
  const end = await runProgram(t, [...flags, ...js(call), '{}/api/v1'], options)
  t.match(end, { code: 3, signal: null, stdout: 'ok\n', stderr: 'own words\n' })
  t.match(upstream.received.map(({ url }) => url), ['/api/v1/runs'])
  t.same(valuesOf(upstream.received[0]?.rawHeaders ?? [], 'x-api-key'), [TEST_KEY])

  const loud = await runProgram(t, [...flags, '--log-level', 'info', ...js('')], options)
  t.match(loud, { code: 0, stdout: '', stderr: /"event":"proxy\.started".*"event":"proxy\.stopped"/s })
})

// A {} inside of a word is code, JSON, or what another program (find, xargs, sed) fills in.
t.test('{} stands for the address as a word, at its beginning and behind name=; words after -- are never ours', async (t) => {
  const { options, flags } = await behind(t)
  const left = [
    '() => {}', '{"metadata":{}}', '{}, 1', 'f() {}; f', '{ }', '{', 'const a={}', 'a = {}', 'f(a={}/2)', '{"a":{}/1}', 'print(\'{}/{}\'.format(1, 2))', '\'{}\'/x', 's/{}/y/', '-I{}', 'x/{}', 'a={}b', 'curl {}/runs', '{}{}'
  ]
  const end = await runProgram(t, [...flags, ...js('console.log(JSON.stringify(process.argv.slice(1)))'), '--', '{}', '{}/x?u={}', '{}?a', '--url={}', '-Durl={}/eu', 'BASE_URL={}', '--help', '--log-level', ...left], options)
  const words = JSON.parse(end.stdout) as string[]
  const [url = ''] = words
  t.match(url, /^http:\/\/127\.0\.0\.1:\d+$/)
  t.same(words, [url, `${url}/x?u={}`, `${url}?a`, `--url=${url}`, `-Durl=${url}/eu`, `BASE_URL=${url}`, '--help', '--log-level', ...left], 'all else stays as it is')
})

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  t.test(`${signal} is passed on, and the end of the command is the end of all`, async (t) => {
    const { options, flags } = await behind(t)
    const program = spawnProgram(t, [...flags, ...js(`process.on("${signal}", () => { console.log("${signal}"); process.exit(9) }); console.log(process.pid); setTimeout(() => {}, 20_000)`)], options)
    const pid = await printed<number>(program)
    program.child.kill(signal)
    t.match(await program.end(), { code: 9, stdout: `${pid}\n${signal}\n` })
    t.equal(isThere(pid), false, 'no zombie')
  })
}

t.test('a command that a signal ends gives 128 + its number', async (t) => {
  const { options, flags } = await behind(t)
  for (const [signal, code] of [['SIGKILL', 137], ['SIGSEGV', 139]] as const) {
    t.match(await runProgram(t, [...flags, ...js(`process.kill(process.pid, "${signal}")`)], options), { code, signal: null }, signal)
  }
})

t.test('a command that does not mind signals is served until it ends', async (t) => {
  const { upstream, options, flags } = await behind(t)
  const stubborn = 'process.on("SIGTERM", () => { fetch(process.env.LANGSMITH_ENDPOINT + "/late").then((answer) => { console.log(answer.status) }) }); console.log(process.pid); setTimeout(() => {}, 20_000)'
  const program = spawnProgram(t, [...flags, ...js(stubborn)], options)
  const pid = await printed<number>(program)
  program.child.kill('SIGTERM')
  await program.until('a call after SIGTERM', () => program.stdout().includes('200') || undefined)
  program.child.kill('SIGTERM')
  await program.until('another one', () => upstream.received.length === 2 || undefined)
  t.equal(program.child.exitCode, null)
  process.kill(pid, 'SIGKILL')
  t.match(await program.end(), { code: 137 })
})

t.test('a command that ends at once leaves nothing behind: no port, no process, no file', async (t) => {
  const { options, flags } = await behind(t)
  const program = spawnProgram(t, [...flags, ...js('console.log(JSON.stringify({ pid: process.pid, at: process.env.LANGSMITH_ENDPOINT }))')], options)
  const { pid, at } = await printed<{ pid: number, at: string }>(program)
  t.match(await program.end(), { code: 0, stderr: '' })
  t.equal(await accepts(Number(new URL(at).port)), false)
  t.equal(isThere(pid), false)
  for (const folder of ['config', 'data', 'state', 'cache']) t.equal(existsSync(`${program.folder}/${folder}`), false, folder)
})

t.test('what the command left running is served to its end; a signal ends that', async (t) => {
  const slow: UpstreamOptions = { listener: (_request, response) => { setTimeout(() => { response.end('late') }, 1000) } }
  // It ends once that call is under way: two are, with the one that asks.
  const leaveCall = 'const { spawn } = require("node:child_process"); const child = spawn(process.execPath, ["-e", `fetch(process.env.LANGSMITH_ENDPOINT + "/slow").then((answer) => answer.text()).then((text) => { console.log(text) })`], { stdio: ["ignore", "inherit", "ignore"] }); child.unref(); const look = (left) => fetch(process.env.LANGSMITH_ENDPOINT + "/-/metrics").then((answer) => answer.text()).then((text) => { if (left === 0 || text.includes("requests_in_flight 2")) process.exit(4); setTimeout(look, 50, left - 1) }); look(200)'
  const polite = await behind(t, slow)
  t.match(await runProgram(t, [...polite.flags, ...js(leaveCall)], polite.options), { code: 4, stdout: 'late\n' })

  const stuck = await behind(t, { listener: () => {} }, 'drain: { deadline: 10m }\n')
  const program = spawnProgram(t, [...stuck.flags, '--log-level', 'info', ...js(leaveCall)], stuck.options)
  await program.until('the drain', () => program.lines('proxy.draining')[0])
  program.child.kill('SIGTERM')
  t.match(await program.end(), { code: 4 }, 'still the exit code of the command')
  t.match(program.lines('proxy.stopped'), [{ cut: 1 }])
})

t.test('a defect of the proxy ends the command, too, instead of leaving it without its proxy', async (t) => {
  const { options, flags } = await behind(t)
  const program = spawnProgram(t, [...flags, ...js('console.log(process.pid); setTimeout(() => {}, 30_000)')], {
    ...options, nodeArgs: ['--import', `data:text/javascript,${encodeURIComponent('process.on("SIGUSR2", () => { throw new TypeError("x") })')}`]
  })
  const pid = await printed<number>(program)
  program.child.kill('SIGUSR2')
  t.match(await program.end(), { code: 1, stderr: /internal\.failed/ })
  await program.until('the end of the command', () => isThere(pid) ? undefined : true)
})

t.test('stdin is the command\'s, also a closed one', async (t) => {
  const { options, flags } = await behind(t)
  const echo = js('process.stdin.pipe(process.stdout)')
  const program = spawnProgram(t, [...flags, ...echo], { ...options, stdio: ['pipe', 'pipe', 'pipe'] })
  program.child.stdin?.end('from stdin\n')
  t.match(await program.end(), { code: 0, stdout: 'from stdin\n' })
  t.match(await runProgram(t, [...flags, ...js('console.log("fine")')], { ...options, shell: 'exec 0<&-;' }), { code: 0, stdout: 'fine\n' })
})

// Streams are shared with the command. Were ours made non-blocking for it too, its writes into a full pipe would fail.
t.test('the command may write faster than anybody reads', async (t) => {
  const { options, flags } = await behind(t)
  const program = spawnProgram(t, [...flags, '--', 'sh', '-c', 'head -c 1000000 /dev/zero >&2 && head -c 1000000 /dev/zero && echo both'], options)
  program.child.stderr?.pause()
  program.child.stdout?.pause()
  await delay(500)
  program.child.stderr?.resume()
  program.child.stdout?.resume()
  const { code, stdout, stderr } = await program.end()
  t.match({ code, out: stdout.length, err: stderr.length }, { code: 0, out: 1_000_005, err: 1_000_000 })
})

t.test('its own listener is on loopback whatever the settings say, and a socket of theirs stays free', async (t) => {
  const open = await behind(t, {}, 'listen: { host: 0.0.0.0 }\n') // which "start" refuses
  t.match(await runProgram(t, [...open.flags, ...js('console.log(process.env.LANGSMITH_ENDPOINT)')], { ...open.options, env: { ...open.options.env, LANGSMITH_PROXY_HOST: '::' } }), { code: 0, stdout: /^http:\/\/127\.0\.0\.1:\d+\n$/, stderr: '' })
  const { options, flags } = await behind(t, {}, 'listen: { socket: p.sock }\nadmin: { host: 0.0.0.0, port: 1 }\n')
  const end = await runProgram(t, [...flags, ...js('console.log(process.env.LANGSMITH_ENDPOINT, require("node:fs").existsSync("p.sock"))')], options)
  t.match(end, { code: 0, stdout: /^http:\/\/127\.0\.0\.1:\d+ false\n$/, stderr: '' })
})

t.test('the command needs no client key where those who share the proxy do', async (t) => {
  const { upstream, options, flags } = await behind(t, {}, 'clients: { file: clients.yaml, required: true }\n')
  const files = { ...options.files, 'clients.yaml': 'clients: {}\n' }
  const end = await runProgram(t, [...flags, ...js('fetch(process.argv[1] + "/runs").then(({ status }) => { console.log(status) })'), '{}/api/v1'], { ...options, files })
  t.match(end, { code: 0, stdout: '200\n' })
  t.equal(upstream.received.length, 1)
})

// At a terminal Ctrl-C reaches the command anyway; were it passed on as well, many programs would end without tidying up.
t.test('each Ctrl-C reaches the command once', { skip: NO_TERMINAL }, async (t) => {
  const { options, flags } = await behind(t)
  const count = 'let n = 0; process.on("SIGINT", () => { if (++n === 1) setTimeout(() => { console.log("times=" + n); process.exit(5) }, 2000) }); setTimeout(() => {}, 20_000); console.log("waits")'
  const file = { ...options.files, 'count.cjs': count }
  const program = spawnProgram(t, [...flags, '--', NODE, 'count.cjs'], {
    ...options, files: file, stdio: ['pipe', 'pipe', 'pipe'], shell: 'set -- "$*"; exec script -q -efc "trap : INT; $*" /dev/null; exit;'
  })
  await program.until('the command', () => program.stdout().includes('waits') || undefined)
  for (let times = 0; times < 5; times++) { // two signals that come together count as one
    program.child.stdin?.write(CTRL_C)
    await delay(200)
  }
  t.match(await program.end(), { code: 5, stdout: /times=5\r\n/ })
})
