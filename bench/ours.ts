// This proxy as users start it: the built bundle with all defaults, and a log that goes to a file. Only the
// routes are given.

import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import manifest from '../package.json' with { type: 'json' }
import { KEYS } from '../test/conformance/case.ts'
import type { Target } from '../test/conformance/target.ts'
import { OURS } from './workload.ts'

type Places = Parameters<Target['start']>[0]

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url))
const START_MS = 20_000
const POLL_MS = 2

export const ours: Target = {
  name: OURS,
  version: () => manifest.version,
  async start (places, { before = [] } = {}) {
    const { port, child, logFile, remove } = await startOurs(places, before)
    const ended = new Promise<void>((resolve) => { child.once('exit', () => { resolve() }) })
    const alive = (): boolean => child.exitCode === null && child.signalCode === null
    return {
      port, alive,
      pid: child.pid ?? 0,
      async stop () {
        if (alive()) child.kill('SIGTERM')
        const timer = setTimeout(() => { child.kill('SIGKILL') }, START_MS)
        if (alive()) await ended
        clearTimeout(timer)
        const error = firstError(logFile)
        remove()
        if (error !== undefined) throw new Error(`the proxy logged an error: ${error}`)
      }
    }
  }
}

export interface Started {
  readonly child: ChildProcess
  readonly port: number
  /** Milliseconds from before its process was made until it listened. */
  readonly readyMs: number
  readonly logFile: string
  /** Removes its folder. */
  readonly remove: () => void
}

/** Starts it on a free port; it is up to the caller to end it. @throws Error with its log. */
export async function startOurs ({ ports, authority }: Places, before: readonly string[]): Promise<Started> {
  const folder = mkdtempSync(join(tmpdir(), 'langsmith-proxy-bench-'))
  const remove = (): void => { rmSync(folder, { recursive: true, force: true }) }
  mkdirSync(join(folder, 'home'))
  writeFileSync(join(folder, 'authority.pem'), authority)
  writeFileSync(join(folder, 'config.yaml'), configFor(ports))
  const logFile = join(folder, 'log')
  const began = performance.now()
  // As a shell does it, so that the log is a file: exec keeps the process id.
  const command = [...before, 'sh', '-c', 'exec "$@" 2>log', 'sh', process.execPath, MAIN, '--config', 'config.yaml']
  const child = spawn(command[0] ?? '', command.slice(1), {
    cwd: folder, stdio: 'ignore',
    env: { PATH: process.env.PATH ?? '', HOME: join(folder, 'home'), MAIN_KEY: KEYS.main, EU_KEY: KEYS.eu }
  })
  child.on('error', () => {}) // then it has no log either
  for (;;) {
    const log = readLog(logFile)
    const url = /"event":"proxy\.started".*?"url":"([^"]+)"/.exec(log)?.[1]
    if (url !== undefined) return { child, port: Number(new URL(url).port), readyMs: performance.now() - began, logFile, remove }
    if (child.exitCode !== null || performance.now() - began > START_MS) {
      child.kill('SIGKILL')
      remove()
      throw new Error(`the proxy did not start\n${log}`)
    }
    await pause(POLL_MS)
  }
}

function configFor (ports: Places['ports']): string {
  return [
    'listen: { port: 0 }',
    'credentials:',
    `  main: { apiKey: "env:MAIN_KEY", workspaceId: ${KEYS.mainWorkspace} }`,
    `  eu: { apiKey: "env:EU_KEY", workspaceId: ${KEYS.euWorkspace} }`,
    'routes:',
    `  - { prefix: /, upstream: "http://127.0.0.1:${ports.main}", credential: main }`,
    `  - { prefix: /eu, upstream: "http://127.0.0.1:${ports.eu}", credential: eu }`,
    `  - { prefix: /tls, upstream: "https://127.0.0.1:${ports.tls}", credential: main, ca: authority.pem }`,
    ''
  ].join('\n')
}

function readLog (path: string): string {
  try { return readFileSync(path, 'utf8') } catch { return '' } // not there yet
}

// The log of a long run does not fit into a string.
function firstError (path: string): string | undefined {
  const line = spawnSync('grep', ['--max-count=1', '"level":"error"', path], { encoding: 'utf8' }).stdout
  return line === '' ? undefined : line
}
