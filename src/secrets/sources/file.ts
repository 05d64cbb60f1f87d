// `file:/path`: a file whose whole content is the value, as Docker and Kubernetes mount secrets;
// `file:/path#entry`: one entry of a YAML, JSON or .env file.
//
// Kubernetes mounts are symlinks (NAME -> ..data/NAME -> ..2026_…/NAME): every check here is made on the
// file that was opened, never on the path, so that nothing can be exchanged between check and read.

import { constants } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import type { Stats } from 'node:fs'
import { TextDecoder } from 'node:util'
import type { SecretReference } from '../../config/config.ts'
import { ProxyError } from '../../errors.ts'
import { entryOf } from '../file-entry.ts'
import { isNotThere, unreadable } from '../file-failure.ts'
import { refuseExposed, type FileModeRules } from '../file-mode.ts'
import type { SecretSource } from '../source.ts'

/** Largest secret file, in bytes. */
export const MAX_FILE_BYTES = 65_536

export type FileSourceOptions = FileModeRules

/**
 * A file that we own and that others can read is refused: its owner can close it. One of another owner
 * is how mounted secrets arrive, and the proxy could not change it.
 */
export function createFileSource (options: FileSourceOptions): SecretSource {
  return {
    freshness: 'watched',
    files: ({ rest }) => [rest],
    async read (reference) {
      const file = await openFile(reference)
      if (file === undefined) return undefined
      try {
        const whole = await readWhole(file, reference, options)
        const text = reference.field === undefined ? whole : entryOf(whole, reference.field, reference)
        return text === undefined ? undefined : { text }
      } finally {
        await file.close()
      }
    },
    place: ({ rest, field }) => field === undefined ? `file ${rest}` : `entry ${field} of file ${rest}`,
    nearNames: () => []
  }
}

async function openFile (reference: SecretReference): Promise<FileHandle | undefined> {
  try {
    // O_NONBLOCK: opening a FIFO would otherwise wait for a writer, for ever.
    return await open(reference.rest, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (cause) {
    if (isNotThere(cause)) return undefined
    throw unreadable(reference, cause)
  }
}

async function readWhole (file: FileHandle, reference: SecretReference, options: FileSourceOptions): Promise<string> {
  const stats = await file.stat()
  refuseUnfit(stats, reference)
  refuseExposed(stats, { path: reference.rest, shown: reference.text }, options)
  const buffer = Buffer.alloc(MAX_FILE_BYTES + 1)
  let length = 0
  try {
    for (;;) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length)
      length += bytesRead
      if (bytesRead === 0 || length === buffer.length) break
    }
  } catch (cause) {
    throw new ProxyError('secret-unreadable', `${reference.text} could not be read`, { cause })
  }
  // Asked again: the file may have grown, and files in /proc say that they are empty.
  if (length > MAX_FILE_BYTES) throw tooLarge(reference)
  return decode(buffer.subarray(0, length), reference)
}

function refuseUnfit (stats: Stats, reference: SecretReference): void {
  if (stats.isDirectory()) {
    throw new ProxyError('secret-unreadable', `${reference.text} is a folder, not a file`,
      { hint: 'name the file inside it that holds the key' })
  }
  if (!stats.isFile()) {
    throw new ProxyError('secret-unreadable', `${reference.text} is a pipe or device, not a file`,
      { hint: 'keep the key in an ordinary file' })
  }
  if (stats.size > MAX_FILE_BYTES) throw tooLarge(reference)
}

function tooLarge (reference: SecretReference): ProxyError {
  return new ProxyError('secret-unusable', `${reference.text} is larger than 64 KiB, so it is no file for a key`,
    { hint: 'keep the key in a small file of its own' })
}

function decode (bytes: Buffer, reference: SecretReference): string {
  const [first, second] = bytes
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    // What `echo key > file` writes in Windows PowerShell.
    throw new ProxyError('secret-unusable', `${reference.text} is written in UTF-16`,
      { hint: 'save it as UTF-8; in PowerShell: Set-Content -Encoding ascii' })
  }
  // Bytes that are no UTF-8 become U+FFFD, which key-limits.ts refuses.
  return new TextDecoder('utf-8').decode(bytes)
}
