// A store in a temporary folder, as the commands of a process use it.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { parseCommandLine } from '../../src/commands/parse.ts'
import { spawnProgram } from './process.ts'
import type { End } from './process.ts'

/** An encrypted file, opened by an identity file that the first write makes: the environment for any number of processes. */
export function storeEnv (t: Test): Readonly<Record<string, string>> {
  const folder = mkdtempSync(join(tmpdir(), 'langsmith-proxy-store-')) // not t.testdir: a test may need two
  t.teardown(() => { rmSync(folder, { recursive: true, force: true }) })
  return { XDG_DATA_HOME: folder, LANGSMITH_PROXY_STORE_KIND: 'file', LANGSMITH_PROXY_STORE_IDENTITY_FILE: join(folder, 'identity') }
}

/** Runs `secrets …` with a text on stdin. */
export function runSecrets (t: Test, args: readonly string[], env: Readonly<Record<string, string>>, stdin = ''): Promise<End> {
  const program = spawnProgram(t, ['secrets', ...args], { env, stdio: ['pipe', 'pipe', 'pipe'] })
  program.child.stdin?.on('error', () => {}) // it may end without reading it
  program.child.stdin?.end(stdin)
  return program.end()
}

/** Runs `secrets …` in this process; for actions that read no stdin. */
export async function runSecretsHere (args: readonly string[], env: Readonly<Record<string, string>>): Promise<{ readonly code: number, readonly stdout: string }> {
  let stdout = ''
  const line = parseCommandLine(['secrets', ...args])
  if (line.kind !== 'run') throw new Error('not run')
  // XDG_CONFIG_HOME: never the config of the person who runs the tests.
  const code = await line.command.run({
    env: { XDG_CONFIG_HOME: env.XDG_DATA_HOME, ...env }, flags: line.flags, operands: line.operands, version: '0.0.0', print: (text) => { stdout += text }
  })
  return { code, stdout }
}

/** What is stored, as `secrets list --json` tells. */
export async function listed (env: Readonly<Record<string, string>>): Promise<readonly Record<string, unknown>[]> {
  return JSON.parse((await runSecretsHere(['list', '--json'], env)).stdout) as Record<string, unknown>[]
}

/** The pieces of a key that must not be seen anywhere: every 8 bytes of what follows the public prefix. */
export function piecesOf (key: string): readonly string[] {
  const hidden = key.replace(/^lsv2_.._/, '')
  return Array.from({ length: hidden.length - 7 }, (_, at) => hidden.slice(at, at + 8))
}
