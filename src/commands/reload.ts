// Reads config and secrets again while the proxy runs: after SIGHUP, and when the config file changes. A
// config with a mistake changes nothing; a good one replaces the one before as a whole. SIGHUP also opens the audit file anew.

import { describeChanges } from './changes.ts'
import { openingNotices } from './clients-of.ts'
import type { CommandContext } from './command.ts'
import { prepare } from './prepare.ts'
import type { Prepared } from './prepare.ts'
import type { Proxy } from '../proxy.ts'
import { isLoopback } from '../config/addresses.ts'
import type { Config } from '../config/config.ts'
import { describeFailure, ProxyError } from '../errors.ts'
import type { Emit } from '../events.ts'
import type { AuditFile } from '../observe/audit/file.ts'
import { watchFiles } from '../secrets/rotation/watch-files.ts'

export interface Reloader {
  /** Reads everything again. Never rejects; what happens is an event. */
  readonly reload: () => void
  readonly stop: () => void
}

/** What a reload is about. */
interface Reloaded {
  readonly proxy: Pick<Proxy, 'replace' | 'rereadSecrets'>
  readonly audit: Pick<AuditFile, 'use'>
}

/** Follows the config file, if there is one, from now on. */
export function createReloader (context: Pick<CommandContext, 'env' | 'flags'>, first: Prepared, { proxy, audit }: Reloaded, emit: Emit): Reloader {
  let current = first
  let queue = Promise.resolve()
  let fileWaits = false
  let rejected = false

  async function reload (by: string): Promise<void> {
    const next = await prepare(context, current)
    if (next.config.source !== current.config.source) {
      throw new ProxyError('config-invalid', `the config file is gone, or another one would count now: ${next.config.source}`, { hint: 'put the file back, or restart the proxy' })
    }
    refuseOpening(first.config, next.config)
    const changes = describeChanges(current, next)
    const opening = openingNotices(current.config, next.config)
    if (changes !== undefined) {
      if (next.config.audit.file !== current.config.audit.file) audit.use(next.config.audit.file) // first, as it may be refused
      await proxy.replace(next)
      current = next
    }
    // After a mistake, also "nothing changed" is news.
    if (changes !== undefined || by !== FILE || rejected) emit({ event: 'config.reloaded', by, ...changes ?? NO_CHANGES })
    rejected = false
    for (const notice of changes === undefined ? [] : [...opening, ...next.notices]) emit({ event: 'config.noticed', ...notice })
  }

  function inTurn (by: string): void {
    if (by === FILE && fileWaits) return // several changes while one is taken over are one
    fileWaits ||= by === FILE
    queue = queue.then(() => {
      if (by === FILE) fileWaits = false
      return reload(by)
    }).catch((error: unknown) => {
      rejected = true
      emit(failureEvent(error, by))
    }).then(async () => { if (by !== FILE) await proxy.rereadSecrets() })
  }

  // Whatever has become of the config: log rotation has renamed the file, and waits for nobody.
  function reopenAudit (): void {
    try {
      audit.use(current.config.audit.file)
    } catch (error) {
      if (!(error instanceof ProxyError)) throw error
      const { message, hint } = error
      emit({ event: 'audit.failed', code: 'audit-unwritable', message: `${message}; the one before is written on`, hint })
    }
  }

  const watch = first.config.source === 'environment' ? undefined : watchFiles([first.config.source], () => { inTurn(FILE) })
  if (watch !== undefined) inTurn(FILE) // it may have changed since it was read
  return {
    reload () {
      reopenAudit()
      inTurn('SIGHUP')
    },
    stop: () => { watch?.stop() }
  }
}

/**
 * The address stays what it was at the start, so what made it safe has to stay, too: by the new settings alone, the proxy
 * may no longer listen beyond this machine.
 */
function refuseOpening ({ listen, clients }: Config, next: Config): void {
  if (isLoopback(listen.host) && !listen.behindTlsProxy) return
  if (!clients.required || next.clients.required || next.listen.allowUnauthenticated) return
  throw new ProxyError('listen-refused', 'the proxy listens beyond this machine until it ends, so it goes on asking for client keys', { hint: 'leave clients.required as it is, or restart the proxy' })
}

const FILE = 'file'
const NO_CHANGES = { routes_added: [], routes_removed: [], routes_changed: [], changed: [], needs_restart: [] } as const

function failureEvent (error: unknown, by: string): Parameters<Emit>[0] {
  if (!(error instanceof ProxyError)) return { event: 'internal.failed', ...describeFailure(error) }
  const { code, message, hint } = error
  return { event: 'config.rejected', by, code, message, hint }
}
