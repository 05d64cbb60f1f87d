// What is in the image, how it runs when it may do nothing, and what it costs.

import { readFileSync } from 'node:fs'
import t from 'tap'
import { defaultWorld } from '../../src/sandbox/default-world.ts'
import { command, tryCommand } from './command.ts'
import { CONFINED, makeNetwork, podman, SKIP, started, startLangSmith, startSidecar, USER } from './container.ts'
import { PROXY, SANDBOX, VERSION } from './images.ts'

const ROOT = new URL('../..', import.meta.url).pathname
const KEY = defaultWorld().keys.find(({ name }) => name === 'good-us')?.value ?? ''

interface Config { readonly User: string, readonly Entrypoint: readonly string[], readonly StopSignal?: string, readonly Labels: Readonly<Record<string, string>>, readonly Healthcheck?: { readonly Test: readonly string[] }, readonly Env: readonly string[] }

const MIB = 1024 * 1024

t.setTimeout(300_000)

t.test('it says what it is, runs as a numeric user and checks its own health', { skip: SKIP }, async (t) => {
  const [{ Config: config, Healthcheck: health } = {}] = JSON.parse(await podman('image', 'inspect', PROXY)) as { Config: Config, Healthcheck: Config['Healthcheck'] }[]
  t.equal(config?.User, '65532:65532')
  t.equal(config?.StopSignal, 'SIGTERM')
  t.equal(config?.Entrypoint[0], 'node', 'exec form: node is process 1, no shell')
  t.strictSame((health ?? config?.Healthcheck)?.Test, ['CMD', 'node', '/app/dist/main.js', 'wait', '--once'])
  const { license, version } = JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8')) as { license: string, version: string }
  t.match(config?.Labels, {
    'org.opencontainers.image.title': 'langsmith-proxy', 'org.opencontainers.image.description': /LangSmith/, 'org.opencontainers.image.licenses': license,
    'org.opencontainers.image.source': /^https:\/\//, 'org.opencontainers.image.documentation': /docs\/sidecar\.md$/, 'org.opencontainers.image.version': VERSION
  })
  t.equal(await podman('run', '--rm', '--pull', 'never', ...CONFINED, PROXY, '--version'), version)
})

t.test('it holds the bundle and nothing else of ours: no source, no sandbox, no packages', { skip: SKIP }, async (t) => {
  const container = await podman('create', '--pull', 'never', PROXY)
  t.teardown(() => tryCommand('podman', ['rm', '--force', container]))
  const files = (await command('sh', ['-c', 'podman export "$1" | tar -t', 'sh', container])).split('\n')
  t.strictSame(files.filter((name) => name.startsWith('app/') && !name.endsWith('/')).sort(), [
    'app/LICENSE', 'app/dist/age-encryption.js', ...['dashboard.css', 'dashboard.js', 'icon.svg', 'index.html'].map((file) => `app/dist/dashboard/${file}`),
    ...['main.js', 'prompts.js', 'rate-limiters.js', 'redis-client.js', 'sbom.cdx.json', 'third-party-licenses.txt'].map((file) => `app/dist/${file}`), 'app/package.json'
  ])
  t.strictSame(files.filter((name) => /(?:^|\/)(?:npm|npx|yarn|corepack)$|node_modules|sandbox\.js$|\.ts$|\.npmrc$/.test(name)), [], 'no npm, no packages, no source')
  t.match((await tryCommand('podman', ['run', '--rm', '--pull', 'never', PROXY, 'demo'])).stderr, 'this build has no sandbox')
})

t.test('it runs with nothing to write and no rights, as process 1, and leaves no zombies', { skip: SKIP }, async (t) => {
  const network = await makeNetwork(t)
  await startLangSmith(t, network)
  const proxy = await startSidecar(t, { network, key: KEY })
  await started(proxy)

  const facts = await proxy.exec('node', '-p', 'const status = fs.readFileSync("/proc/1/status", "utf8"); JSON.stringify({ uid: process.getuid(), gid: process.getgid(), groups: process.getgroups(), caps: /CapBnd:\\s*(\\w+)/.exec(status)[1], eff: /CapEff:\\s*(\\w+)/.exec(status)[1], nnp: /NoNewPrivs:\\s*(\\d)/.exec(status)[1], one: fs.readFileSync("/proc/1/cmdline", "utf8").split("\\0")[0] })')
  t.comment(facts.stdout.trim())
  t.match(JSON.parse(facts.stdout), { uid: USER, gid: USER, caps: /^0+$/, eff: /^0+$/, nnp: '1', one: 'node' })

  for (const path of ['/app/x', '/tmp/x', '/run/x', '/run/secrets/langsmith/api-key', '/etc/langsmith-proxy/config.yaml']) {
    const { code, stderr } = await proxy.exec('node', '-e', 'fs.appendFileSync(process.argv[1], "x")', path)
    const reason = /\b(EROFS|EACCES|ENOENT)\b/.exec(stderr)?.[1]
    t.comment(`write to ${path}: ${reason ?? stderr}`)
    t.not(code, 0)
    t.ok(reason)
  }

  for (let i = 0; i < 5; i++) t.equal((await tryCommand('podman', ['healthcheck', 'run', proxy.name])).code, 0)
  const processes = await proxy.exec('node', '-p', 'fs.readdirSync("/proc").filter((name) => /^\\d+$/.test(name)).map((pid) => fs.readFileSync("/proc/" + pid + "/stat", "utf8").replace(/^.*\\) /, "")[0]).join("")')
  t.comment(`states of its processes after five health checks: ${processes.stdout.trim()}`)
  t.notMatch(processes.stdout, /Z/)
})

t.test('SIGTERM and SIGINT reach it as process 1: it ends with 0', { skip: SKIP }, async (t) => {
  const network = await makeNetwork(t)
  for (const signal of ['TERM', 'INT']) {
    const proxy = await startSidecar(t, { network, key: KEY })
    await started(proxy)
    await podman('kill', '--signal', signal, proxy.name)
    t.equal(await proxy.end(), 0, signal)
    t.match(await proxy.events('proxy.stopped'), [{ cut: 0 }])
  }
})

t.test('its size, memory and start', { skip: SKIP }, async (t) => {
  const [proxy = 0, sandbox = 0, base = 0] = await Promise.all([PROXY, SANDBOX, 'node'].map(sizeOf))
  t.comment(`MiB: ${inMiB(proxy - base)} on top of the base (the sandbox ${inMiB(sandbox - base)}), with the stand-in for it ${inMiB(proxy)}`)
  t.ok(proxy - base < 10 * MIB)

  const network = await makeNetwork(t)
  await startLangSmith(t, network)
  for (let i = 0; i < 3; i++) {
    const proxy = await startSidecar(t, { network, key: KEY, options: ['--memory', '256m'] })
    const { time } = await started(proxy)
    const took = Date.parse(String(time)) - Number(await proxy.inspect('{{.State.StartedAt.UnixMilli}}'))
    const pid = await proxy.inspect('{{.State.Pid}}')
    const idle = residentOf(pid)
    t.match(await proxy.exec('node', '--input-type=module', '-e', CALLS), { code: 0, stdout: '2000\n' })
    t.comment(`listening ${took} ms after the start of the container; resident ${inMiB(idle)} MiB, after 2,000 calls ${inMiB(residentOf(pid))} MiB`)
    t.ok(took > 0 && took < 20_000)
    t.ok(idle < 256 * MIB)
  }
})

/** Ten callers at a time. */
const CALLS = `
let done = 0
const caller = async () => {
  for (let i = 0; i < 200; i++) {
    const answer = await fetch('http://localhost:5764/api/v1/sessions?limit=1')
    await answer.text()
    if (answer.status === 200) done++
  }
}
await Promise.all(Array.from({ length: 10 }, caller))
console.log(done)
`

async function sizeOf (image: string): Promise<number> {
  const names = await podman('images', '--format', '{{.Repository}}:{{.Tag}}')
  const name = names.split('\n').find((name) => name.startsWith(`${image}:`) || name.includes(`/library/${image}:`)) ?? ''
  return Number(await podman('image', 'inspect', '--format', '{{.Size}}', name))
}

/** Bytes of memory that a process has now. */
function residentOf (pid: string): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024
}

function inMiB (bytes: number): string {
  return (bytes / MIB).toFixed(1)
}
