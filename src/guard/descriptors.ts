// Notices that the process has no file descriptor left. Node tells nobody: the system accepts the next
// connections and libuv closes them without a word (uv__emfile_trick), so the proxy looks for room itself.

import { closeSync, openSync } from 'node:fs'
import type { Server } from 'node:http'
import { devNull } from 'node:os'
import type { DescriptorsExhausted, Emit } from '../events.ts'

/** The limit of this process, and that of the whole machine. */
const NO_ROOM: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE'])

/** What helps; also for the client, who may be the same person. */
export const RAISE_LIMIT = 'raise the limit on open files of the proxy (ulimit -n, LimitNOFILE=, --ulimit nofile=)'

/** Whether a system error means that there was no descriptor left. */
export function isOutOfDescriptors (code: string): boolean {
  return NO_ROOM.has(code)
}

/** @param reason - EMFILE or ENFILE. */
export function descriptorsExhausted (reason: string): DescriptorsExhausted {
  return { event: 'descriptors.exhausted', code: 'overloaded', reason, hint: RAISE_LIMIT }
}

/** Looks, after each connection that came in, whether there is room for another one. */
export function watchDescriptors (server: Server, emit: Emit): void {
  server.on('connection', () => {
    const reason = whyNoRoom()
    if (reason !== undefined) emit(descriptorsExhausted(reason))
  })
}

// Some microseconds. Not in a worker thread, where it could take the spare descriptor with which libuv closes connections.
function whyNoRoom (): string | undefined {
  try {
    closeSync(openSync(devNull, 'r'))
    return undefined
  } catch (error) {
    const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
    return isOutOfDescriptors(code) ? code : undefined
  }
}
