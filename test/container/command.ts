// Runs a program to its end and keeps what it said.

import { spawn } from 'node:child_process'

export interface Done {
  /** Exit code; 128 and more where a signal or the time limit ended it. */
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface CommandOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Milliseconds; then it is killed. Far more than anything takes that does not hang. */
  readonly patience?: number
}

/** Runs a program; its exit code is an answer, not an error. */
export function tryCommand (program: string, args: readonly string[], { cwd, env, patience = 120_000 }: CommandOptions = {}): Promise<Done> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
    const timer = setTimeout(() => { child.kill('SIGKILL') }, patience)
    const output = { stdout: '', stderr: '' }
    child.stdout.setEncoding('utf8').on('data', (text: string) => { output.stdout += text })
    child.stderr.setEncoding('utf8').on('data', (text: string) => { output.stderr += text })
    child.once('error', reject)
    child.once('close', (code) => {
      clearTimeout(timer)
      resolve({ code: code ?? 128, ...output })
    })
  })
}

/** Runs a program that must succeed. @returns Its stdout, trimmed. @throws Error with all that it said. */
export async function command (program: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await tryCommand(program, args, options)
  if (code !== 0) throw new Error(`${program} ${args.slice(0, 4).join(' ')} … ended with ${code}\n${stderr}\n${stdout}`.slice(-6000))
  return stdout.trim()
}
