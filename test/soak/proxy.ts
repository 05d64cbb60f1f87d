// The proxy of the soak: the bundled program with a key file and a config file, which change while it runs.

import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readlinkSync, renameSync, rmSync, writeFileSync, openSync, closeSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Sample } from './summary.ts'
import { BAD_KEY, GOOD_KEYS } from './upstream.ts'
import { bundle } from '../support/bundle.ts'

export interface SoakedProxy {
  readonly url: string
  readonly isAlive: () => boolean
  /** What was measured last; undefined before the first second. */
  readonly sample: () => Sample | undefined
  /** Replaces the key; every third is one that the upstream refuses. */
  readonly rotate: (nth: number) => void
  /** Changes the routes and asks for a reload. */
  readonly reload: (nth: number) => void
  /** @returns The exit code. */
  readonly stop: () => Promise<number | null>
}

const START_MS = 20_000

/** Starts it and waits until it listens. @throws Error with its output. */
export async function startSoakedProxy (upstream: string): Promise<SoakedProxy> {
  const program = bundle()
  const folder = mkdtempSync(join(tmpdir(), 'langsmith-proxy-soak-'))
  const put = (name: string, text: string): void => {
    writeFileSync(join(folder, `${name}.new`), text, { mode: 0o600 })
    renameSync(join(folder, `${name}.new`), join(folder, name))
  }
  put('key', GOOD_KEYS[0] ?? '')
  put('config.yaml', configFor(upstream, 0))
  const logFile = join(folder, 'log')
  const log = openSync(logFile, 'a')
  const child = spawn(process.execPath, [
    '--expose-gc', '--import', fileURLToPath(new URL('probe.js', import.meta.url)), program.main, '--config', 'config.yaml', '--host', '127.0.0.1', '--port', '0', '--log-level', 'info'
  ], { cwd: folder, env: { PATH: process.env.PATH ?? '', HOME: folder }, stdio: ['ignore', log, log, 'ipc'] })
  closeSync(log)
  let measured: Omit<Sample, 'sockets'> | undefined
  child.on('message', (message) => { measured = message as Omit<Sample, 'sockets'> })
  const ended = new Promise<void>((resolve) => { child.once('exit', () => { resolve() }).once('error', () => { resolve() }) })
  const isAlive = (): boolean => child.exitCode === null && child.signalCode === null

  async function stop (): Promise<number | null> {
    if (isAlive()) child.kill('SIGTERM')
    await Promise.race([ended, pause(START_MS, undefined, { ref: false })])
    if (isAlive()) child.kill('SIGKILL')
    await ended
    program.remove()
    rmSync(folder, { recursive: true, force: true })
    return child.exitCode
  }

  const deadline = performance.now() + START_MS
  let url: string | undefined
  while ((url = /"url":"([^"]+)"/.exec(readFileSync(logFile, 'utf8'))?.[1]) === undefined) {
    if (!isAlive() || performance.now() > deadline) {
      const output = readFileSync(logFile, 'utf8')
      await stop()
      throw new Error(`the proxy did not start\n${output}`)
    }
    await pause(20)
  }
  return {
    url, isAlive, stop,
    sample: () => measured === undefined ? undefined : { ...measured, sockets: socketsOf(child.pid) },
    rotate (nth) { put('key', nth % 3 === 2 ? BAD_KEY : GOOD_KEYS[(nth + 1) % 2] ?? '') },
    reload (nth) { put('config.yaml', configFor(upstream, nth + 1)); child.kill('SIGHUP') }
  }
}

function configFor (upstream: string, version: number): string {
  const extra = version % 2 === 0 ? [] : [`  - { prefix: /second, upstream: "${upstream}", credential: soak }`]
  return ['credentials: { soak: { apiKey: "file:key" } }', 'routes:', `  - { prefix: /, upstream: "${upstream}", credential: soak }`, ...extra, ''].join('\n')
}

// Linux tells; elsewhere the row stays at zero.
function socketsOf (pid: number | undefined): number {
  try {
    const folder = `/proc/${pid ?? 0}/fd`
    return readdirSync(folder).filter((name) => {
      try { return readlinkSync(join(folder, name)).startsWith('socket:') } catch { return false } // closed meanwhile
    }).length
  } catch {
    return 0
  }
}
