// Runs a target's program on a free port, in a folder of its own, until it is stopped.

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Running } from '../target.ts'

const START_MS = 20_000

export interface ProgramOptions {
  /** Name and text of each file in its folder. */
  readonly files: Readonly<Record<string, string>>
  /** Words to run, after those of `before`, with that folder as working directory. */
  readonly command: readonly [string, ...string[]]
  readonly before?: readonly string[] | undefined
  readonly port: number
  readonly env?: Readonly<Record<string, string>>
}

/** Starts it and waits until it takes connections. @throws Error with its output. */
export async function runProgram ({ files, command, before = [], port, env = {} }: ProgramOptions): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), 'langsmith-proxy-conformance-'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, { mode: 0o600 })
  const [program, ...args] = [...before, ...command] as [string, ...string[]]
  const child = spawn(program, args, { cwd: folder, env: { PATH: process.env.PATH ?? '', HOME: folder, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece: Buffer) => { if (output.length < 20_000) output += piece.toString() })
  const ended = new Promise<void>((resolve) => { child.once('error', () => { resolve() }).once('exit', () => { resolve() }) })
  const alive = (): boolean => child.exitCode === null && child.signalCode === null

  const stop = async (): Promise<void> => {
    if (alive()) child.kill('SIGTERM')
    await Promise.race([ended, pause(3000)])
    if (alive()) child.kill('SIGKILL')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
  const deadline = performance.now() + START_MS
  while (!await takesConnections(port)) {
    if (!alive() || performance.now() > deadline) {
      await stop()
      throw new Error(`${command[0]} did not start\n${output}`)
    }
    await pause(50)
  }
  return { port, pid: child.pid ?? 0, alive, stop }
}

function takesConnections (port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.once('connect', () => { socket.destroy(); resolve(true) }).once('error', () => { resolve(false) })
  })
}
