// Whether other users of this machine can open a file that holds a secret. The owner of a file can close
// it; the mode of a file of another owner is how mounts arrive, and we could not change it.

import type { Stats } from 'node:fs'
import { ProxyError } from '../errors.ts'
import { shellQuoted } from './file-failure.ts'

export interface FileModeRules {
  /** The user the program runs as; undefined where the system has none, which leaves the mode unchecked. */
  readonly uid: number | undefined
  /** Accept files of our own that others can read. */
  readonly allowLooseFileModes: boolean
}

/**
 * @param stats - Of the file that was opened, never of the path.
 * @param file - `shown` names it in the message.
 * @throws ProxyError `secret-exposed`, whose hint is the command that closes the file.
 */
export function refuseExposed (stats: Stats, file: { readonly path: string, readonly shown: string }, rules: FileModeRules): void {
  if (rules.allowLooseFileModes || rules.uid !== stats.uid || (stats.mode & 0o077) === 0) return
  throw new ProxyError('secret-exposed', `other users of this machine can open ${file.shown}`,
    { hint: `run chmod 600 ${shellQuoted(file.path)}, or set secrets.allowLooseFileModes if its mode cannot be changed` })
}
