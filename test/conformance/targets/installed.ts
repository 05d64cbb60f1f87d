// Whether a program is installed, and which version.

import { spawnSync } from 'node:child_process'

/** Debian has nginx and haproxy where only root's PATH looks. */
export const PATH = `${process.env.PATH ?? ''}:/usr/sbin`

/** @param pattern - Its first group is the version. @returns undefined where the program does not run. */
export function versionOf (program: string, args: readonly string[], pattern: RegExp): string | undefined {
  const { stdout, stderr, error } = spawnSync(program, args, { env: { PATH }, encoding: 'utf8', timeout: 10_000 })
  return error === undefined ? pattern.exec(stdout + stderr)?.[1] : undefined
}
