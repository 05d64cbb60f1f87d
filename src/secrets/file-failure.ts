// What the system's answer to "open this secret file" means for a person.

import type { SecretReference } from '../config/config.ts'
import { ProxyError } from '../errors.ts'

const NOT_THERE = new Set(['ENOENT', 'ENOTDIR'])
const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'may not be read by the user who runs the proxy',
  EPERM: 'may not be read by the user who runs the proxy',
  ELOOP: 'is a link that leads back to itself',
  ENAMETOOLONG: 'is too long for a file name',
  ENXIO: 'is a socket or device, not a file',
  EMFILE: 'could not be opened, because this process has no file descriptor left (EMFILE)',
  ENFILE: 'could not be opened, because this machine has no file descriptor left (ENFILE)'
}
/** The usual hint is about the rights of the file, which says nothing where these are not to blame. */
const HINTS: Readonly<Record<string, string>> = {
  EMFILE: 'raise the limit on open files (ulimit -n, LimitNOFILE=, --ulimit nofile=); nothing is wrong with the file',
  ENFILE: 'close programs, or raise the limit of the machine (sysctl fs.file-max); nothing is wrong with the file'
}

/** Whether the system said that the file, or a folder on its way, does not exist. */
export function isNotThere (error: unknown): boolean {
  return NOT_THERE.has(codeOf(error))
}

/** The error for a file that exists and cannot be opened: `secret-unreadable`, with the reason where it is a known one. */
export function unreadable (reference: Pick<SecretReference, 'text'>, error: unknown): ProxyError {
  const code = codeOf(error)
  return new ProxyError('secret-unreadable', `${reference.text} ${REASONS[code] ?? `could not be opened (${code})`}`, { hint: HINTS[code], cause: error })
}

/** A path as one word of a POSIX shell, for commands that people copy out of a message. */
export function shellQuoted (path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll('\'', '\'\\\'\'')}'`
}

function codeOf (error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown error'
}
