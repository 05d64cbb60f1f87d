// The certificate of a proxy that runs. It is renewed by other programs (certbot, cert-manager), which replace its files:
// then new connections get the new one, and open ones go on. Files that cannot be used change nothing.

import type { CertificateEvent } from './events.ts'
import type { KeyPair } from './key-pair.ts'
import { ProxyError } from '../../errors.ts'
import { daysLeft, noticeDue } from '../../secrets/rotation/expiry.ts'
import { watchFiles } from '../../secrets/rotation/watch-files.ts'

/** Where the pair is kept, and what was read there last. */
export interface LiveCertificate {
  readonly files: readonly string[]
  current: KeyPair
  /** @throws ProxyError */
  readonly read: () => Promise<KeyPair>
}

export interface FollowedCertificate {
  /** Reads the files again, and tells what is wrong with them even if it was told before. Never rejects. */
  readonly reread: () => Promise<void>
  readonly stop: () => void
}

export interface FollowOptions {
  /** Takes another pair into use. */
  readonly use: (pair: KeyPair) => void
  readonly report: (event: CertificateEvent) => void
  /** Takes errors that no code expected. */
  readonly onDefect: (error: unknown) => void
  /** Milliseconds since 1970. */
  readonly now: () => number
}

const HOUR_MS = 3_600_000

/** Keeps the certificate current from now on, and tells before it ends. */
export function followCertificate (live: LiveCertificate, { use, report, onDefect, now }: FollowOptions): FollowedCertificate {
  let stopped = false
  let rejected: string | undefined
  let told: { readonly pair: KeyPair, readonly days: number } | undefined
  let queue = Promise.resolve()

  async function read (wasAsked: boolean): Promise<void> {
    if (stopped) return
    try {
      take(await live.read())
    } catch (error) {
      if (!(error instanceof ProxyError)) throw error
      const { code, message, hint } = error
      if (message === rejected && !wasAsked) return
      rejected = message
      report({ event: 'certificate.rejected', code, message, hint })
    }
  }

  function take (next: KeyPair): void {
    if (stopped) return
    const isNew = !next.isSameAs(live.current)
    if (isNew) {
      use(next)
      live.current = next
    }
    if (isNew || rejected !== undefined) report({ event: 'certificate.reloaded', expires_at: isoDate(next) })
    rejected = undefined
    warn()
  }

  // Whoever renews in time does so with a third of the time left: a warning then would only be noise.
  function warn (): void {
    const { current: pair } = live
    const isLate = pair.until - now() <= (pair.until - pair.from) / 4
    const days = isLate ? noticeDue(now(), -Infinity, pair.until, told?.pair === pair ? told.days : undefined) : undefined
    if (days === undefined) return
    told = { pair, days }
    report({ event: 'certificate.expiring', expires_at: isoDate(pair), days_left: daysLeft(now(), pair.until) })
  }

  function inTurn (wasAsked: boolean): Promise<void> {
    queue = queue.then(() => read(wasAsked)).catch(onDefect)
    return queue
  }

  const watch = watchFiles(live.files, () => { void inTurn(false) })
  const timer = setInterval(warn, HOUR_MS).unref()
  warn()
  void inTurn(false) // it may have changed since the start read it
  return {
    reread: () => inTurn(true),
    stop () {
      stopped = true
      clearInterval(timer)
      watch.stop()
    }
  }
}

function isoDate ({ until }: KeyPair): string {
  return new Date(until).toISOString()
}
