// A copy of what docker-compose needs, and docker-compose in it, against an engine without Docker.

import { spawn } from 'node:child_process'
import { chownSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'
import { defaultWorld } from '../../src/sandbox/default-world.ts'
import { tryCommand } from './command.ts'
import type { Done } from './command.ts'
import { newName, USER } from './container.ts'

const ROOT = new URL('../..', import.meta.url).pathname
/** Of LangSmith, which all services share. */
export const KEY = defaultWorld().keys.find(({ name }) => name === 'good-us')?.value ?? ''

// Where a container may not raise its limits, podman has to be told them again once a service sets one of them.
const LANGSMITH = `services:
  langsmith: { image: langsmith-proxy-sandbox, command: [sandbox, --host, 0.0.0.0] }
  proxy:
    depends_on: [langsmith]
    ulimits: { core: 0, nofile: 4096, nproc: 4096 }
  team:
    ulimits: { core: 0, nofile: 4096, nproc: 4096 }
`

export interface Project {
  /** Its containers are called `<name>_<service>_1`. */
  readonly project: string
  readonly compose: (...args: readonly string[]) => Promise<Done>
  readonly folder: string
}

/** A copy of the project's folder, and docker-compose in it. */
export async function makeProject (t: Test, files = ['docker-compose.yml']): Promise<Project> {
  const folder = mkdtempSync(join(process.env.TEST_CONTAINERS ?? '', 'compose-'))
  mkdirSync(join(folder, 'config'))
  for (const file of files) copyFileSync(join(ROOT, file), join(folder, file))
  writeFileSync(join(folder, 'langsmith.yml'), LANGSMITH)
  for (const name of ['config/compose.yaml', 'config/compose-team.yaml']) {
    const config = readFileSync(join(ROOT, name), 'utf8')
      .replace('region: us', 'upstream: http://langsmith:5771\n    insecure: true')
      .replace('apiKey:', 'hosts: [langsmith]\n    apiKey:')
    writeFileSync(join(folder, name), config)
  }
  writeSecrets(join(folder, 'secrets/langsmith'), { 'api-key': KEY })
  const host = await startService(t, folder)
  const project = newName('compose')
  const env = { DOCKER_HOST: host, COMPOSE_PROJECT_NAME: project, COMPOSE_FILE: [...files, 'langsmith.yml'].join(':') }
  const compose = (...args: readonly string[]): Promise<Done> => tryCommand('docker-compose', ['--ansi', 'never', ...args], { cwd: folder, env, patience: 60_000 })
  t.teardown(async () => {
    await compose('--profile', 'sandbox', '--profile', 'team', 'down', '--timeout', '0', '--volumes')
    // It removes the owner of a shared network namespace first, which podman refuses.
    await tryCommand('podman', ['rm', '--force', '--time', '0', '--filter', `label=com.docker.compose.project=${project}`])
    await tryCommand('podman', ['network', 'rm', '--force', '--time', '0', `${project}_default`])
  })
  keepHealthTimers(t, project)
  return { project, compose, folder }
}

/** A folder that only the user of the image can open. */
export function writeSecrets (folder: string, files: Readonly<Record<string, string>>): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, { mode: 0o600 })
  for (const path of [folder, ...Object.keys(files).map((name) => join(folder, name))]) chownSync(path, USER, USER)
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
      for (const name of stdout.split('\n').filter((name) => /proxy|sandbox|team/.test(name))) await tryCommand('podman', ['healthcheck', 'run', name])
      await delay(500)
    }
  }
  const done = loop()
  t.teardown(() => { ended.abort(); return done })
}
