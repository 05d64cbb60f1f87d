// The file of the audit record. It takes lines by the rules of the log (destination.ts): requests never wait for it, what
// waits is bounded, what is dropped is counted. Another file may take its place at any time, or the same path anew after
// log rotation has renamed it; what waits by then goes to the one before, so no line is lost between them.

import { close, constants, openSync } from 'node:fs'
import type { AuditEvent } from './events.ts'
import { openDestination } from '../destination.ts'
import type { Destination } from '../destination.ts'
import { ProxyError } from '../../errors.ts'

export interface AuditFile {
  readonly isOpen: () => boolean
  /** Appends a line, which has its line break. Never waits and never fails. */
  readonly write: (line: string) => void
  /** Lines dropped so far. */
  readonly lost: () => number
  /** Writes to this file from now on, or to none. @throws ProxyError `audit-unwritable`; then nothing changes. */
  readonly use: (path: string | undefined) => void
  /** Writes what waits; for the end of the process. */
  readonly close: () => Promise<void>
}

/** How long a file that no longer counts, or the end of the process, waits for a disk that takes no lines. */
const FLUSH_MS = 3000
/** Only their owner may read who did what. */
const MODE = 0o600
/** O_NONBLOCK: opening a FIFO would otherwise wait for a reader, for ever. */
const FLAGS = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK

const HINT = 'make sure that its folder is there and that the user who runs the proxy may write the file, or set audit.file to another path'

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'its folder is not there',
  ENOTDIR: 'what should be its folder is a file',
  EISDIR: 'it is a folder',
  EACCES: 'the user who runs the proxy may not write there',
  EPERM: 'the user who runs the proxy may not write there',
  EROFS: 'the disk is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'it has reached the largest size that a file may have here',
  ENXIO: 'it is a socket, or a pipe that nobody reads'
}

interface Opened {
  readonly descriptor: number
  readonly destination: Destination
  /** Of its lost lines, those that were reported. */
  told: number
}

/**
 * Opens the record.
 *
 * @param path - Absolute; undefined for no record, until `use` names a file.
 * @param report - Takes what goes wrong later.
 * @throws ProxyError `audit-unwritable`
 */
export function openAuditFile (path: string | undefined, report: (event: AuditEvent) => void): AuditFile {
  let current = path === undefined ? undefined : open(path)
  let lostBefore = 0
  let closed = false
  const ending = new Map<Opened, Promise<void>>()

  function open (file: string): Opened {
    const descriptor = descriptorOf(file)
    const opened: Opened = { descriptor, destination: openDestination(descriptor), told: 0 }
    opened.destination.onRecovery((lines) => {
      opened.told += lines
      report({ event: 'audit.lost', lines })
    })
    opened.destination.onFailure((code) => {
      report({
        event: 'audit.failed', code: 'audit-unwritable',
        message: `the audit file ${file} cannot be written: ${REASONS[code] ?? code}; requests go on, lines wait, and those beyond 1 MiB are lost`, hint: HINT
      })
    })
    return opened
  }

  async function end (opened: Opened): Promise<void> {
    const { descriptor, destination } = opened
    const isWhole = await destination.close(FLUSH_MS)
    const lines = destination.lost() - opened.told
    if (lines > 0) report({ event: 'audit.lost', lines })
    lostBefore += destination.lost()
    ending.delete(opened)
    // Else a write may still be under way, and would go to whatever gets this number next.
    if (isWhole) close(descriptor, () => {}) // all is written, so a failure changes nothing
  }

  function retire (opened: Opened | undefined): void {
    if (opened !== undefined) ending.set(opened, end(opened))
  }

  return {
    isOpen: () => current !== undefined,
    write (line) { current?.destination.write(line) },
    lost: () => [...ending.keys(), ...current === undefined ? [] : [current]].reduce((sum, { destination }) => sum + destination.lost(), lostBefore),
    use (next) {
      if (closed) return
      const opened = next === undefined ? undefined : open(next)
      retire(current)
      current = opened
    },
    async close () {
      closed = true
      retire(current)
      current = undefined
      await Promise.all(ending.values())
    }
  }
}

function descriptorOf (file: string): number {
  try {
    return openSync(file, FLAGS, MODE)
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : 'unknown error'
    throw new ProxyError('audit-unwritable', `the audit file ${file} (audit.file) cannot be opened: ${REASONS[code] ?? code}`, { cause, hint: HINT })
  }
}
