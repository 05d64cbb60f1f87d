// docker-compose.yml as it stands, run by docker-compose against an engine without Docker. LangSmith is played by
// one more service, and the config names that instead of a region; everything else is what users get.

import { spawn } from 'node:child_process'
import { chownSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import type { Test } from 'tap'
import { defaultWorld } from '../../src/sandbox/default-world.ts'
import { tryCommand } from './command.ts'
import type { Done } from './command.ts'
import { newName, podman, SKIP, USER } from './container.ts'

const ROOT = new URL('../..', import.meta.url).pathname
const KEY = defaultWorld().keys.find(({ name }) => name === 'good-us')?.value ?? ''

// Where a container may not raise its limits, podman has to be told them again once a service sets one of them.
const LANGSMITH = `services:
  langsmith: { image: langsmith-proxy-sandbox, command: [sandbox, --host, 0.0.0.0] }
  proxy:
    depends_on: [langsmith]
    ulimits: { core: 0, nofile: 4096, nproc: 4096 }
`

t.setTimeout(300_000)

interface Project {
  /** Its containers are called `<name>_<service>_1`. */
  readonly project: string
  readonly compose: (...args: readonly string[]) => Promise<Done>
}

/** A copy of the project's folder, and docker-compose in it. */
async function makeProject (t: Test, files = ['docker-compose.yml']): Promise<Project> {
  const folder = mkdtempSync(join(process.env.TEST_CONTAINERS ?? '', 'compose-'))
  mkdirSync(join(folder, 'config'))
  mkdirSync(join(folder, 'secrets/langsmith'), { recursive: true })
  for (const file of files) copyFileSync(join(ROOT, file), join(folder, file))
  writeFileSync(join(folder, 'langsmith.yml'), LANGSMITH)
  const config = readFileSync(join(ROOT, 'config/compose.yaml'), 'utf8')
    .replace('region: us', 'upstream: http://langsmith:5771\n    insecure: true')
    .replace('apiKey:', 'hosts: [langsmith]\n    apiKey:')
  writeFileSync(join(folder, 'config/compose.yaml'), config)
  const key = join(folder, 'secrets/langsmith/api-key')
  writeFileSync(key, KEY, { mode: 0o600 })
  for (const path of [join(folder, 'secrets/langsmith'), key]) chownSync(path, USER, USER)
  const host = await startService(t, folder)
  const project = newName('compose')
  const env = { DOCKER_HOST: host, COMPOSE_PROJECT_NAME: project, COMPOSE_FILE: [...files, 'langsmith.yml'].join(':') }
  const compose = (...args: readonly string[]): Promise<Done> => tryCommand('docker-compose', ['--ansi', 'never', ...args], { cwd: folder, env, patience: 60_000 })
  t.teardown(async () => {
    await compose('--profile', 'sandbox', 'down', '--timeout', '0', '--volumes')
    // It removes the owner of a shared network namespace first, which podman refuses.
    await tryCommand('podman', ['rm', '--force', '--time', '0', '--filter', `label=com.docker.compose.project=${project}`])
    await tryCommand('podman', ['network', 'rm', '--force', '--time', '0', `${project}_default`])
  })
  keepHealthTimers(t, project)
  return { project, compose }
}

/** The address under which podman plays Docker. It ends by itself when nobody has talked to it for a while. */
async function startService (t: Test, folder: string): Promise<string> {
  const socket = join(folder, 'docker.sock')
  const service = spawn('podman', ['system', 'service', '--time', '60', `unix://${socket}`], { stdio: 'ignore' })
  t.teardown(() => { service.kill() })
  for (let i = 0; i < 200 && !existsSync(socket); i++) await delay(50)
  return `unix://${socket}`
}

/** Where systemd does not run, podman has nobody who runs health checks in time. */
function keepHealthTimers (t: Test, project: string): void {
  const ended = new AbortController()
  const loop = async (): Promise<void> => {
    while (!ended.signal.aborted) {
      const { stdout } = await tryCommand('podman', ['ps', '--format', '{{.Names}}', '--filter', `name=${project}`])
      for (const name of stdout.split('\n').filter((name) => /proxy|sandbox/.test(name))) await tryCommand('podman', ['healthcheck', 'run', name])
      await delay(500)
    }
  }
  const done = loop()
  t.teardown(() => { ended.abort(); return done })
}

t.test('docker-compose up: the app has no key, waits until the proxy is healthy and gets an answer of LangSmith', { skip: SKIP }, async (t) => {
  const { compose } = await makeProject(t)
  const up = await compose('up', '--no-build', '--detach')
  t.comment(up.stderr)
  t.equal(up.code, 0)
  const answer = await answerOf(compose)
  t.comment(answer)
  t.match(answer, /HTTP\/1\.1 200 OK/)
  t.match(answer, /x-langsmith-proxy: upstream/)
  t.notMatch(answer, KEY)
  const stopped = await compose('stop')
  t.equal(stopped.code, 0)
  const states = await compose('ps')
  t.comment(states.stdout)
  t.match(states.stdout, /proxy_1 .* Exit 0/)
})

t.test('the profile "sandbox" needs no key and no account', { skip: SKIP }, async (t) => {
  const { compose } = await makeProject(t)
  const { code, stdout, stderr } = await compose('run', '--rm', 'sandbox-app')
  t.comment(`${stdout}\n${stderr}`)
  t.equal(code, 0)
  t.match(stdout, /^HTTP\/1\.1 200 OK/)
})

t.test('docker-compose.socket.yml: the app has no network at all, and reaches LangSmith through a socket', { skip: SKIP }, async (t) => {
  const { compose, project } = await makeProject(t, ['docker-compose.yml', 'docker-compose.socket.yml'])
  const up = await compose('up', '--no-build', '--detach')
  t.equal(up.code, 0, up.stderr)
  const answer = await answerOf(compose)
  t.comment(answer)
  t.match(answer, /HTTP\/1\.1 200 OK/)
  t.match(answer, /x-langsmith-proxy: upstream/)
  t.equal(await podman('inspect', '--format', '{{.HostConfig.NetworkMode}}', `${project}_app_1`), 'none')
})

/** What the app printed, when it has. */
async function answerOf (compose: Project['compose']): Promise<string> {
  for (let i = 0; ; i++) {
    const { stdout } = await compose('logs', '--no-color', 'app')
    if (stdout.includes('HTTP/1.1') || i === 50) return stdout
    await delay(200)
  }
}
