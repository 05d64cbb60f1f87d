// A command as a child of this process: it has our terminal and streams, gets the signals that we get, and its end is ours.

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { constants } from 'node:os'
import process from 'node:process'
import { isatty } from 'node:tty'
import { showFile } from '../../config/suggest.ts'
import { ProxyError } from '../../errors.ts'

export interface Child {
  /** The exit code: its own, or 128 + n when signal n ended it, as shells have it. */
  readonly ended: Promise<number>
  /** Passes a signal on. */
  readonly signal: (signal: PassedSignal) => void
}

export const PASSED_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const
export type PassedSignal = typeof PASSED_SIGNALS[number]

/** @throws ProxyError `command-not-found`, `command-not-run`; also `ended` rejects with these. */
export function startChild (command: string, args: readonly string[], env: Readonly<Record<string, string>>): Child {
  const child = spawned(command, args, env)
  const atTerminal = [0, 1, 2].some((descriptor) => isatty(descriptor))
  const kill = (): void => { child.kill('SIGTERM') } // should a defect end this process
  process.once('exit', kill)
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', (error) => { if (child.pid === undefined) reject(startError(error, command)) })
    child.once('exit', (code, signal) => { resolve(code ?? 128 + constants.signals[signal ?? 'SIGKILL']) })
  }).finally(() => { process.off('exit', kill) })
  return {
    ended,
    signal (signal) {
      // Ctrl-C and Ctrl-\\ reach all processes at the terminal; a second SIGINT would make many programs end without tidying up.
      if (!atTerminal || (signal !== 'SIGINT' && signal !== 'SIGQUIT')) child.kill(signal)
    }
  }
}

function spawned (command: string, args: readonly string[], env: Readonly<Record<string, string>>): ChildProcess {
  try {
    return spawn(command, args, { env, stdio: 'inherit' })
  } catch (error) {
    throw startError(error, command) // the error itself quotes the arguments
  }
}

function startError (error: unknown, command: string): ProxyError {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown error'
  if (code === 'ENOENT') return new ProxyError('command-not-found', `there is no such command: ${showFile(command)}`)
  return new ProxyError('command-not-run', `the command cannot be run: ${showFile(command)} (${code})`)
}
