// Runs the doctor in this process, with a home, files and environment of its own.

import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { doctor } from '../../src/commands/doctor.ts'
import type { Finding } from '../../src/commands/doctor/finding.ts'

export interface Given {
  readonly env?: Readonly<Record<string, string>>
  readonly flags?: Readonly<Record<string, string | boolean>>
  /** Files of $XDG_CONFIG_HOME/langsmith-proxy, readable for their owner only. */
  readonly files?: Readonly<Record<string, string>>
  /** Files of HOME. */
  readonly home?: Readonly<Record<string, string>>
}

export interface Report {
  readonly works: boolean
  readonly findings: readonly Finding[]
  readonly routes: readonly { readonly prefix: string, readonly works: boolean, readonly region?: string, readonly findings: readonly Finding[] }[]
}

/** @returns The exit code and what was printed. */
export async function runDoctor (t: Test, { env = {}, flags = {}, files = {}, home = {} }: Given): Promise<{ readonly code: number, readonly printed: string, readonly home: string }> {
  const folder = t.testdir({ ...home, config: { 'langsmith-proxy': { ...files } } })
  for (const name of Object.keys(files)) chmodSync(join(folder, 'config', 'langsmith-proxy', name), 0o600)
  for (const path of [join(folder, 'config'), join(folder, 'config', 'langsmith-proxy')]) chmodSync(path, 0o700)
  let printed = ''
  const code = await doctor.run({
    env: { HOME: folder, XDG_CONFIG_HOME: join(folder, 'config'), XDG_DATA_HOME: join(folder, 'data'), ...env },
    flags, version: '0.0.0', print: (text) => { printed += text }
  })
  return { code, printed, home: folder }
}

/** The report as programs get it. */
export async function reportOf (t: Test, given: Given): Promise<Report & { readonly code: number }> {
  const { code, printed } = await runDoctor(t, { ...given, flags: { ...given.flags, json: true } })
  return { ...JSON.parse(printed) as Report, code }
}

/** `check state: text`, one a line, with fixes and the code of a diagnosis. */
export function linesOf (findings: readonly Finding[] | undefined): string {
  return (findings ?? []).map(({ check, state, says, fix, diagnosis }) => `${check} ${state}: ${says}${fix === undefined ? '' : ` → ${fix}`}${diagnosis === undefined ? '' : ` {${diagnosis.code}}`}`).join('\n')
}
