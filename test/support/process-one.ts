// The program as process 1 of a namespace of its own, as in a container.

import { spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Test } from 'tap'
import { bundle } from './bundle.ts'

/** Why there can be none here; false when there can. */
export const NO_PROCESS_ONE = process.getuid?.() !== 0 || spawnSync('unshare', ['--pid', '--fork', 'true'], { timeout: 5000 }).status !== 0
  ? 'only root can make a process namespace (unshare)'
  : false

/**
 * Starts the program, and sends it a signal again and again until it ends. From outside nobody sees from when on it listens:
 * Node itself catches signals from its start, and then leaves them to the kernel, which keeps them from process 1.
 *
 * @returns Its exit code.
 */
export async function endProcessOne (t: Test, signal: NodeJS.Signals, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<number | null> {
  const { main, remove } = bundle()
  t.teardown(remove)
  // tap gives programs that tests start NODE_OPTIONS, with which they listen for every signal.
  const unshare = spawn('unshare', ['--pid', '--fork', '--kill-child', 'env', '-u', 'NODE_OPTIONS', process.execPath, main, ...args], { stdio: 'ignore', env: { PATH: process.env.PATH, HOME: '/nowhere', ...env } })
  t.teardown(() => { unshare.kill('SIGKILL') })
  let pid = 0
  const sending = setInterval(() => {
    pid ||= Number(textOf(`/proc/${unshare.pid ?? 0}/task/${unshare.pid ?? 0}/children`).trim().split(' ')[0])
    if (pid > 0 && textOf(`/proc/${pid}/cmdline`).includes(main) && textOf(`/proc/${pid}/cmdline`).startsWith(process.execPath)) process.kill(pid, signal)
  }, 100)
  t.teardown(() => { clearInterval(sending) })
  return new Promise((resolve) => { unshare.once('exit', (code) => { clearInterval(sending); resolve(code) }) })
}

function textOf (file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return '' // the process is not there yet, or not any more
  }
}
