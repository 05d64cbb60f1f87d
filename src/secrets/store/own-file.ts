// Reads a small file of the store that only we may open: the encrypted file, or the identity that opens it.

import { constants } from 'node:fs'
import { lstat, open } from 'node:fs/promises'
import { ProxyError } from '../../errors.ts'
import { isNotThere, unreadable } from '../file-failure.ts'
import { refuseExposed, type FileModeRules } from '../file-mode.ts'

/** Thousands of entries; more is not ours, and whoever writes such a file must not write more. */
export const OWN_FILE_MAX_BYTES = 1_048_576

/**
 * @param shown - Names the file in messages.
 * @returns Undefined when there is no such file.
 * @throws ProxyError `secret-unreadable` (also for a link to nothing), `secret-unusable` (too large), or `secret-exposed` when it is ours and others can open it.
 */
export async function readOwnFile (path: string, shown: string, rules: FileModeRules): Promise<Buffer | undefined> {
  let file
  try {
    // O_NONBLOCK: opening a FIFO would otherwise wait for a writer, for ever.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const stats = await file.stat()
    if (!stats.isFile()) throw new ProxyError('secret-unreadable', `${shown} is a folder or device, not a file`, { hint: 'name an ordinary file' })
    refuseExposed(stats, { path, shown }, rules)
    if (stats.size > OWN_FILE_MAX_BYTES) throw new ProxyError('secret-unusable', `${shown} is larger than 1 MiB`, { hint: 'check that this is the right file' })
    return await file.readFile()
  } catch (error) {
    if (error instanceof ProxyError) throw error
    if (isNotThere(error)) {
      if (await isLink(path)) throw linkToNothing(shown)
      return undefined
    }
    throw unreadable({ text: shown }, error)
  } finally {
    await file?.close()
  }
}

async function isLink (path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined))?.isSymbolicLink() === true
}

/** Taken for no file, the link would be replaced by one, and what it points to be there again once its disk is mounted. */
function linkToNothing (shown: string): ProxyError {
  return new ProxyError('secret-unreadable', `${shown} is a link to a file that is not there`, { hint: 'mount or restore what the link points to, or remove the link to begin with a new file' })
}
