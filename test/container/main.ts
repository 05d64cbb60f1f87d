// npm run test:container: builds the images, runs the tests of this folder with them, and removes everything again.
// Where the programs for that are missing it says so and ends well: most developers have Docker or nothing.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import process from 'node:process'
import { baseImage } from './base-image.ts'
import { makeImages } from './images.ts'
import { makeSurroundings } from './surroundings.ts'
import { whatIsMissing } from './tools.ts'

const ROOT = new URL('../..', import.meta.url).pathname

// Networks, mounts and processes of the tests exist only for them, and end with them, however they end. The name
// server of podman's networks keeps its files in /run/containers, whatever the settings say.
const APART = [
  '--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc',
  'sh', '-c', 'ip link set lo up; mkdir -p /run/containers; mount -t tmpfs tmpfs /run/containers; "$@"; exit $?', 'sh'
]

const missing = whatIsMissing()
if (missing === undefined) process.exitCode = await run()
else say(`container tests are skipped: ${missing}`)

async function run (): Promise<number> {
  const ended = new AbortController() // whatever ends it, it tidies up first
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => { ended.abort() })
  const base = await timed('base image', () => baseImage(say))
  ended.signal.throwIfAborted()
  const surroundings = await makeSurroundings()
  try {
    await timed('images', () => makeImages(base, surroundings))
    ended.signal.throwIfAborted()
    return await timed('tests', () => tests({ ...process.env, ...surroundings.env, TEST_CONTAINERS: surroundings.folder }, ended.signal))
  } finally {
    await surroundings.remove()
  }
}

// One file at a time: they measure, and share a machine. Coverage is of the sources, which no container runs.
async function tests (env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<number> {
  const named = process.argv.slice(2)
  const files = named.length > 0 ? named : readdirSync(`${ROOT}/test/container`).filter((name) => name.endsWith('.test.ts')).map((name) => `test/container/${name}`)
  const child = spawn('unshare', [...APART, 'npx', 'tap', '--disable-coverage', '--jobs=1', ...files], { cwd: ROOT, env, stdio: ['ignore', 'inherit', 'inherit'] })
  signal.addEventListener('abort', () => { child.kill('SIGKILL') })
  const [code] = await once(child, 'exit') as [number | null]
  return code ?? 1
}

async function timed<Result> (what: string, work: () => Promise<Result>): Promise<Result> {
  const began = performance.now()
  try {
    return await work()
  } finally {
    say(`${what}: ${Math.round((performance.now() - began) / 1000)} s`)
  }
}

function say (text: string): void {
  process.stdout.write(`# ${text}\n`)
}
