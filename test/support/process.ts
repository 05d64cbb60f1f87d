// The program as a process of its own, as users start it: clean environment, no config of the person
// who runs the tests, free ports. It is killed by its id when the test ends.

import { spawn } from 'node:child_process'
import type { ChildProcess, StdioOptions } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import type { Test } from 'tap'
import { bundle } from './bundle.ts'

/** Longest wait for anything: only a hang takes this long. */
const PATIENCE_MS = 20_000

const MAIN = bundleOnce()

export interface ProgramOptions {
  /** Besides PATH, the temporary HOME and XDG folders, and the settings that keep the program from calls of its own. */
  readonly env?: Readonly<Record<string, string>>
  /** Flags of Node itself. */
  readonly nodeArgs?: readonly string[]
  /** Where stdout and stderr go; pipes that are read, by default. */
  readonly stdio?: StdioOptions
  /** Shell words put before the command, such as `ulimit -n 64;`. */
  readonly shell?: string
  /** Files of the working directory, which is also HOME; only their owner may read them. */
  readonly files?: Readonly<Record<string, string>>
}

export interface End {
  /** Exit code; null when a signal ended it. */
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface Program {
  readonly pid: number
  readonly child: ChildProcess
  /** The working directory. */
  readonly folder: string
  readonly stdout: () => string
  readonly stderr: () => string
  /** The JSON lines of stderr, of one event or of all. */
  readonly lines: (event?: string) => readonly Record<string, unknown>[]
  /** Waits until the condition gives a value. @throws Error with the whole output after 20 seconds. */
  readonly until: <Found>(what: string, condition: () => Found | undefined | Promise<Found | undefined>) => Promise<Found>
  /** Waits for the end. @throws Error with the whole output after 20 seconds. */
  readonly end: () => Promise<End>
}

export interface Serving extends Program {
  readonly url: string
  readonly port: number
}

function bundleOnce (): string {
  const { main, remove } = bundle()
  t.teardown(remove)
  return main
}

/** Starts the program and does not wait for anything. */
export function spawnProgram (t: Test, args: readonly string[], options: ProgramOptions = {}): Program {
  const folder = mkdtempSync(join(tmpdir(), 'langsmith-proxy-test-')) // not t.testdir: a test may run several programs
  for (const [name, text] of Object.entries(options.files ?? {})) writeFileSync(join(folder, name), text, { mode: 0o600 })
  const words = [process.execPath, ...options.nodeArgs ?? [], MAIN, ...args]
  const [command, ...rest] = options.shell === undefined ? words : ['sh', '-c', `${options.shell} exec "$@"`, 'sh', ...words]
  const child = spawn(command ?? '', rest, { cwd: folder, env: { ...cleanEnvironment(folder), ...options.env }, stdio: options.stdio ?? ['ignore', 'pipe', 'pipe'] })
  const output = { stdout: '', stderr: '' }
  child.stdout?.setEncoding('utf8').on('data', (text: string) => { output.stdout += text })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => { output.stderr += text })
  let ended: Pick<End, 'code' | 'signal'> | undefined
  const closed = new Promise<void>((resolve) => {
    child.once('error', () => { resolve() })
    child.once('exit', (code, signal) => { ended = { code, signal }; resolve() })
  })
  t.teardown(async () => {
    if (ended === undefined) child.kill('SIGKILL')
    child.stdout?.destroy()
    child.stderr?.destroy()
    await closed
    rmSync(folder, { recursive: true, force: true })
  })

  const until: Program['until'] = async (what, condition) => {
    const deadline = performance.now() + PATIENCE_MS
    for (;;) {
      const found = await condition()
      if (found !== undefined) return found
      if (performance.now() > deadline) throw new Error(`waited in vain for ${what}\n--- stdout\n${output.stdout}\n--- stderr\n${output.stderr}`)
      await delay(10)
    }
  }
  const linesOf = (event?: string): readonly Record<string, unknown>[] => output.stderr.split('\n')
    .flatMap((line) => line.startsWith('{') && line.endsWith('}') ? [JSON.parse(line) as Record<string, unknown>] : [])
    .filter((line) => event === undefined || line.event === event)

  return {
    pid: child.pid ?? 0, child, folder, until,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    lines: linesOf,
    async end () {
      const { code, signal } = await until('the end of the program', () => ended)
      await until('the end of its output', () => [child.stdout, child.stderr].every((stream) => stream === null || stream.closed || stream.readableEnded) || undefined)
      return { code, signal, ...output }
    }
  }
}

/** Runs the program to its end. */
export function runProgram (t: Test, args: readonly string[], options: ProgramOptions = {}): Promise<End> {
  return spawnProgram(t, args, options).end()
}

/** Starts the proxy on a free port and waits until it listens. */
export async function startProgram (t: Test, args: readonly string[], options: ProgramOptions = {}): Promise<Serving> {
  const program = spawnProgram(t, [...args, '--port', '0'], options)
  const url = await program.until('proxy.started', () => {
    if (program.child.exitCode !== null) throw new Error(`it ended\n${program.stdout()}${program.stderr()}`)
    return program.lines('proxy.started')[0]?.url
  }) as string
  return { ...program, url, port: Number(new URL(url).port) }
}

// Of our own environment only what programs need to be found. Upstreams see the requests of the test only, unless it asks for more.
function cleanEnvironment (folder: string): Record<string, string> {
  return {
    LANGSMITH_PROXY_STARTUP_CHECK: 'off', LANGSMITH_PROXY_DIAGNOSIS_PROBE: 'off',
    PATH: process.env.PATH ?? '', HOME: folder, XDG_CONFIG_HOME: `${folder}/config`, XDG_DATA_HOME: `${folder}/data`, XDG_STATE_HOME: `${folder}/state`, XDG_CACHE_HOME: `${folder}/cache`
  }
}
