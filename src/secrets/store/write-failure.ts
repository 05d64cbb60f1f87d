// What the system's answer to writing a file of the store means for a person.

import { ProxyError } from '../../errors.ts'

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the disk is read-only',
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there'
}

/** Runs the work; an error of the system becomes ProxyError `secret-unreadable` that names the file. */
export async function writing<Result> (shown: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof ProxyError) throw cause
    const code = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : 'unknown error'
    throw new ProxyError('secret-unreadable', `${shown} could not be written: ${REASONS[code] ?? code}`,
      { cause, hint: 'nothing was changed; make room or choose another place, then try again' })
  }
}
