// Runs a program for what it prints, and ends in time whatever the program does: it may wait for a
// passphrase, print without end, ignore SIGTERM, or leave a helper behind that holds its output open.
// What a program started is ended with it; a service that opened a session of its own, such as
// gpg-agent, is not.

import { spawn, type ChildProcessByStdio } from 'node:child_process'
import type { Readable } from 'node:stream'

/** Most that a program may print, in bytes. */
export const MAX_OUTPUT_BYTES = 65_536
/** Of what it says on stderr, the last bytes are kept. */
export const MAX_STDERR_BYTES = 4096

/** From SIGTERM to SIGKILL, in milliseconds. */
const KILL_AFTER_MS = 1000
/** How long a helper may hold the output open after the end of the program itself, in milliseconds. */
const LINGER_MS = 500

export type Ending
  = | { readonly kind: 'exited', readonly code: number }
    | { readonly kind: 'signal', readonly signal: string }
    /** `code` as in errno: ENOENT and its like. */
    | { readonly kind: 'not-started', readonly code: string }
    /** It was stopped: the time was over, or it had printed too much. */
    | { readonly kind: 'timeout' | 'flood' }

export interface ProgramRun {
  readonly ending: Ending
  /** May hold the secret: never print it. */
  readonly stdout: Buffer
  readonly stderr: Buffer
}

export interface ProgramOptions {
  /** The whole environment of the program; its PATH is where the program is looked for. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** In milliseconds; stopping it may take a second more. */
  readonly timeout: number
  /** Aborted when this process ends: the program ends with it. */
  readonly ending: AbortSignal
}

type Child = ChildProcessByStdio<null, Readable, Readable>

/**
 * Runs a program without a shell and without input.
 *
 * @param program - A name that is looked up in PATH, or a path.
 * @returns How it ended and what it printed; never rejects.
 */
export function runProgram (program: string, args: readonly string[], { env, timeout, ending: ownEnd }: ProgramOptions): Promise<ProgramRun> {
  return new Promise((resolve) => {
    const child = start(program, args, env)
    if ('code' in child) {
      resolve({ ending: { kind: 'not-started', code: child.code }, stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) })
      return
    }
    const printed: Buffer[] = []
    let size = 0
    let stderr = Buffer.alloc(0)
    let ending: Ending | undefined
    let done = false
    /** Until the end is taken as it is. */
    let patience: NodeJS.Timeout | undefined

    const finish = (): void => {
      if (done) return // later the ID may belong to another process
      done = true
      ownEnd.removeEventListener('abort', finish)
      for (const timer of [limit, patience]) clearTimeout(timer)
      signalGroup(child, 'SIGKILL')
      child.stdout.destroy()
      child.stderr.destroy()
      // Asked again: its last words can arrive after its end.
      if (size > MAX_OUTPUT_BYTES) ending = { kind: 'flood' }
      resolve({ ending: ending ?? { kind: 'timeout' }, stdout: Buffer.concat(printed), stderr })
    }
    const stop = (kind: 'timeout' | 'flood'): void => {
      if (ending !== undefined) return
      ending = { kind }
      patience = setTimeout(finish, KILL_AFTER_MS)
      signalGroup(child, 'SIGTERM')
    }
    const limit = setTimeout(stop, timeout, 'timeout')
    ownEnd.addEventListener('abort', finish)

    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= MAX_OUTPUT_BYTES) printed.push(chunk)
      else stop('flood')
    })
    child.stderr.on('data', (chunk: Buffer) => { stderr = Buffer.concat([stderr, chunk]).subarray(-MAX_STDERR_BYTES) })
    child.on('error', (error) => { // could not be started, or (a program of another user) not be stopped
      if (child.pid !== undefined) return
      ending = { kind: 'not-started', code: codeOf(error) }
      finish()
    })
    child.on('exit', (code, signal) => {
      ending ??= signal === null ? { kind: 'exited', code: code ?? 0 } : { kind: 'signal', signal }
      clearTimeout(limit)
      clearTimeout(patience)
      patience = setTimeout(finish, LINGER_MS)
    })
    child.on('close', finish) // after `exit`, when the output is read to its end
  })
}

function start (program: string, args: readonly string[], env: ProgramOptions['env']): Child | { readonly code: string } {
  try {
    // A group of its own, so that it can be stopped together with the helpers it starts.
    return spawn(program, args, { env: { ...env }, stdio: ['ignore', 'pipe', 'pipe'], detached: true, windowsHide: true })
  } catch (error) {
    return { code: codeOf(error) } // the error itself quotes the arguments
  }
}

function signalGroup (child: Child, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return
  try {
    // eslint-disable-next-line no-restricted-globals -- nothing else reaches a group; nothing is read from the process
    process.kill(-child.pid, signal)
  } catch {
    child.kill(signal) // the group is gone (then so is the child), or the system has no groups
  }
}

function codeOf (error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown error'
}
