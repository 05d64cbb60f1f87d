// The program at a terminal of its own, with somebody who answers. `script` of util-linux makes the
// terminal; it shows what is typed as a real one does, so a key that is not hidden is seen.

import { spawnSync } from 'node:child_process'
import type { Test } from 'tap'
import { spawnProgram } from './process.ts'
import type { ProgramOptions } from './process.ts'

/** Why there can be no terminal here; false when there can. */
export const NO_TERMINAL = spawnSync('script', ['--help'], { encoding: 'utf8', timeout: 5000 }).stdout.includes('--echo')
  ? false
  : 'needs script of util-linux 2.35 or later (apt-get install bsdutils)'

export const ENTER = '\r'
export const UP = '\x1b[A'
export const CTRL_C = '\x03'
export const CTRL_D = '\x04'
/** Clears the line that is being typed. */
export const CTRL_U = '\x15'

/** What to type once this text is on the screen, after what the step before waited for. */
export type Step = readonly [sees: string, types: string]

export interface Ended {
  readonly code: number
  /** Everything that was shown, without colours. */
  readonly screen: string
  /** The terminal is as it was before. */
  readonly restored: boolean
}

/** Runs the program until it ends. @param redirect - Shell words after the command, such as `2>err`. */
export async function atTerminal (t: Test, args: readonly string[], steps: readonly Step[], options: ProgramOptions & { readonly redirect?: string } = {}): Promise<Ended> {
  const inside = `stty cols 120 rows 40; stty -g >before; $* ${options.redirect ?? ''}; echo code=\\$?; stty -g | cmp -s - before && echo restored`
  const program = spawnProgram(t, args, {
    ...options, stdio: ['pipe', 'pipe', 'pipe'], shell: `set -- "$*"; exec script -q -E always -efc "${inside}" /dev/null; exit;`
  })
  program.child.stdin?.on('error', () => {}) // it may have ended
  let seen = 0
  for (const [sees, types] of steps) {
    seen = await program.until(JSON.stringify(sees), () => {
      const at = plain(program.stdout()).indexOf(sees, seen)
      return at === -1 ? undefined : at + sees.length
    })
    program.child.stdin?.write(types)
  }
  const screen = await program.until('the exit code', () => /code=\d+\r\n(restored)?/.test(program.stdout()) ? plain(program.stdout()) : undefined)
  program.child.stdin?.end()
  await program.end()
  return { code: Number(/code=(\d+)/.exec(screen)?.[1]), screen, restored: plain(program.stdout()).includes('restored') }
}

function plain (text: string): string {
  // eslint-disable-next-line no-control-regex -- what a terminal acts on and does not show
  return text.replaceAll(/\x1b\[[0-9;?]*[A-Za-z]/g, '')
}
