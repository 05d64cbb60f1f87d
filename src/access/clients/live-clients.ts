// The list of clients of a proxy that runs. The file is looked at twice a second, whatever the system tells of changes,
// because a key that was revoked must be refused within a second. A file with a mistake changes nothing.

import { isDeepStrictEqual } from 'node:util'
import type { Client, ClientList } from './client.ts'
import { showClientsFile } from './clients-file.ts'
import type { ClientsEvent } from './events.ts'
import { ProxyError } from '../../errors.ts'
import { watchFiles } from '../../secrets/rotation/watch-files.ts'

const LOOK_MS = 500

/** Where the clients of one config are kept, and what was read there last. */
export interface LiveClients {
  readonly file: string
  current: ClientList
  /** @returns Undefined when there is no file. @throws ProxyError */
  readonly read: () => Promise<ClientList | undefined>
}

export interface FollowedClients {
  readonly stop: () => void
}

/**
 * Keeps the list current.
 *
 * @param report - Takes what happens; a mistake that stays is told once.
 * @param onDefect - Takes errors that no code expected.
 */
export function followClients (live: LiveClients, report: (event: ClientsEvent) => void, onDefect: (error: unknown) => void): FollowedClients {
  let stopped = false
  let told: string | undefined
  let again: NodeJS.Timeout | undefined
  let queue = Promise.resolve()

  async function reread (): Promise<void> {
    if (stopped) return
    try {
      take(await listOf(live))
    } catch (error) {
      if (!(error instanceof ProxyError)) throw error
      const { code, message, hint } = error
      if (code !== 'config-invalid') tryAgain() // a mistake in the file stays until it changes
      if (message === told) return
      told = message
      report({ event: 'clients.rejected', code, message, hint })
    }
  }

  function take (next: ClientList): void {
    if (stopped) return
    const changes = changesOf(live.current, next)
    live.current = next
    if (told !== undefined || Object.values(changes).some((names) => names.length > 0)) report({ event: 'clients.reloaded', ...changes })
    told = undefined
  }

  function rereadSoon (): void {
    queue = queue.then(reread).catch(onDefect)
  }

  // A shortage of descriptors passes, and nobody tells when.
  function tryAgain (): void {
    if (!stopped) again = setTimeout(rereadSoon, LOOK_MS).unref()
  }

  const watch = watchFiles([live.file], rereadSoon, LOOK_MS)
  rereadSoon() // it may have changed between the first read and the watch
  return {
    stop () {
      stopped = true
      clearTimeout(again)
      watch.stop()
    }
  }
}

// A file that was there and is gone is more likely a mishap than a wish to lock everybody out.
async function listOf ({ read, current, file }: LiveClients): Promise<ClientList> {
  const next = await read()
  if (next === undefined && current.size > 0) {
    throw goneError(file)
  }
  return next ?? current
}

/** The clients file is gone while the proxy runs. */
export function goneError (file: string): ProxyError {
  return new ProxyError('secret-unreadable', `${showClientsFile(file)} is gone; its clients are served on`, { hint: 'put it back; to end a client key, run langsmith-proxy clients revoke NAME' })
}

function changesOf (before: ClientList, after: ClientList): Omit<Extract<ClientsEvent, { event: 'clients.reloaded' }>, 'event'> {
  const names = [...after.keys()]
  return {
    added: names.filter((name) => !before.has(name)),
    removed: [...before.keys()].filter((name) => !after.has(name)),
    changed: names.filter((name) => before.has(name) && !isDeepStrictEqual(comparable(before.get(name)), comparable(after.get(name))))
  }
}

// The hashes are private to their class, and all instances would look alike.
function comparable (client: Client | undefined): unknown {
  return client === undefined ? undefined : { ...client, role: client.role.name, keys: client.keys.map(({ hash, until }) => [hash.toHex(), until]) }
}
