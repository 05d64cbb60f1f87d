// Containers for one test: started as the documentation says it, looked at from outside, removed when the test ends.

import { chownSync, mkdirSync, mkdtempSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import process from 'node:process'
import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'
import { command, tryCommand } from './command.ts'
import type { Done } from './command.ts'
import { APP, PROXY, SANDBOX } from './images.ts'

/** Longest wait for anything: only a hang takes this long. */
const PATIENCE_MS = 30_000
/** The user of the image. */
export const USER = 65_532

/** As in the documentation: no capability, no new rights, nothing to write, not even a /tmp. */
export const CONFINED = ['--read-only', '--read-only-tmpfs=false', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges']

/** For the option `skip` of a test file: undefined under "npm run test:container", which prepares all that they need. */
export const SKIP = process.env.TEST_CONTAINERS === undefined && 'needs images: npm run test:container, as root with podman (docs/sidecar.md, "Tests")'

export interface Container {
  readonly name: string
  /** All that it wrote so far. */
  readonly log: () => Promise<string>
  /** Its JSON lines of one event. */
  readonly events: (event: string) => Promise<readonly Record<string, unknown>[]>
  readonly inspect: (format: string) => Promise<string>
  /** Runs a program in it. */
  readonly exec: (...args: readonly string[]) => Promise<Done>
  /** Runs curl in a container of its own that shares the network with this one, as an app beside the proxy does. */
  readonly curl: (...args: readonly string[]) => Promise<Done>
  /** Waits for its end. @returns The exit code. */
  readonly end: () => Promise<number>
}

export function podman (...args: readonly string[]): Promise<string> {
  return command('podman', args)
}

let count = 0

/** A name that no other test has. */
export function newName (what: string): string {
  return `lsp-${what}-${process.pid}-${++count}`
}

/** A network on which containers find each other by name. */
export async function makeNetwork (t: Test): Promise<string> {
  const name = newName('net')
  t.teardown(() => tryCommand('podman', ['network', 'rm', '--force', '--time', '0', name]))
  await podman('network', 'create', name)
  return name
}

/** Starts a container and does not wait for anything. @param options - Of "podman run". */
export async function runContainer (t: Test, image: string, options: readonly string[] = [], args: readonly string[] = []): Promise<Container> {
  const name = newName(image.replace(/.*\//, ''))
  t.teardown(() => tryCommand('podman', ['rm', '--force', '--time', '0', name]))
  await podman('run', '--detach', '--pull', 'never', '--name', name, ...options, image, ...args)
  return containerNamed(name)
}

/** A container that something else started, and removes. */
export function containerNamed (name: string): Container {
  const log = async (): Promise<string> => {
    const { stdout, stderr } = await tryCommand('podman', ['logs', name])
    return stdout + stderr
  }
  return {
    name, log,
    events: async (event) => (await log()).split('\n')
      .flatMap((line) => line.startsWith('{') && line.endsWith('}') ? [JSON.parse(line) as Record<string, unknown>] : [])
      .filter((line) => line.event === event),
    inspect: (format) => podman('inspect', '--format', format, name),
    exec: (...args) => tryCommand('podman', ['exec', name, ...args]),
    curl: (...args) => tryCommand('podman', ['run', '--rm', '--pull', 'never', '--network', `container:${name}`, ...CONFINED, APP, '--silent', '--show-error', '--max-time', '30', ...args]),
    end: async () => Number(await podman('wait', name))
  }
}

/** Waits until a condition gives a value. @throws Error with the log of the container after half a minute. */
export async function until<Found> (what: string, container: Container, condition: () => Promise<Found | undefined>): Promise<Found> {
  const end = performance.now() + PATIENCE_MS
  for (;;) {
    const found = await condition()
    if (found !== undefined) return found
    if (performance.now() > end) throw new Error(`waited in vain for ${what}\n${await container.log()}`)
    await delay(50)
  }
}

/** A LangSmith on a network, under the name `langsmith`. */
export async function startLangSmith (t: Test, network: string): Promise<Container> {
  const langsmith = await runContainer(t, SANDBOX, ['--network', network, '--network-alias', 'langsmith', ...CONFINED], ['sandbox', '--host', '0.0.0.0'])
  await until('the sandbox', langsmith, async () => (await langsmith.log()).includes('lsv2_') || undefined)
  return langsmith
}

export interface Sidecar extends Container {
  /** Replaces the key as a rotation does: the new file is complete, then takes the name of the old one. */
  readonly replaceKey: (key: string) => void
}

export interface SidecarOptions {
  readonly network: string
  /** Content of the secret's file; without it the folder is empty. */
  readonly key?: string
  /** Of the route: where it goes, as YAML; to the sandbox of the network, by default. */
  readonly route?: string
  /** Further settings, as YAML. */
  readonly settings?: string
  /** Of "podman run". */
  readonly options?: readonly string[]
}

/** Starts the proxy with a config and a mounted folder with the key. */
export async function startSidecar (t: Test, { network, key, route = 'upstream: "http://langsmith:5771"', settings = '', options = [] }: SidecarOptions): Promise<Sidecar> {
  const folder = mkdtempSync(join(process.env.TEST_CONTAINERS ?? '', 'sidecar-'))
  const secrets = join(folder, 'secrets')
  mkdirSync(secrets)
  const replaceKey = (value: string): void => {
    const next = join(secrets, '.next')
    writeFileSync(next, value, { mode: 0o400 })
    chownSync(next, USER, USER)
    renameSync(next, join(secrets, 'api-key'))
  }
  if (key !== undefined) replaceKey(key)
  writeFileSync(join(folder, 'config.yaml'), `
credentials:
  app: { apiKey: "file:/run/secrets/langsmith/api-key", hosts: [langsmith, streams] }
routes:
  - { prefix: /, ${route}, insecure: true, credential: app }
${settings}
`)
  const container = await runContainer(t, PROXY, [
    '--network', network, ...CONFINED,
    '--volume', `${folder}/config.yaml:/etc/langsmith-proxy/config.yaml:ro`, '--env', 'LANGSMITH_PROXY_CONFIG=/etc/langsmith-proxy/config.yaml',
    '--volume', `${secrets}:/run/secrets/langsmith:ro`, ...options
  ])
  return { ...container, replaceKey }
}

/** Waits until it says that it listens. */
export async function started (container: Container): Promise<Record<string, unknown>> {
  return until('proxy.started', container, async () => (await container.events('proxy.started'))[0])
}
