// What a proxy is made of, and what can be done with it: the words between app.ts, which puts it together, and commands/.

import type { LiveCertificate } from './guard/tls/live-certificate.ts'
import type { Emit } from './events.ts'
import type { AuditFile } from './observe/audit/file.ts'
import type { LevelSwitch } from './observe/logger.ts'
import type { ProcessUse } from './observe/metrics/process.ts'
import type { Plan } from './pipeline.ts'
import type { RotatedConfig } from './secrets/rotation/rotation.ts'
import type { Secret } from './secrets/secret.ts'
import type { MaskText } from './swap/mask-text.ts'

/** A plan, and how its credentials are kept current. */
export interface LivePlan extends Plan {
  readonly secrets: Pick<RotatedConfig, 'slots' | 'read' | 'sourceFor'>
  /** What limits.redis leads to. */
  readonly redis?: Secret | undefined
}

export interface ProxyParts extends LivePlan {
  /** Takes every event that is to be logged. */
  readonly log: Emit
  /** Log lines that could not be written so far. */
  readonly lostLines: () => number
  readonly maskText: MaskText
  /** Where it is written down who did what; it ends with the proxy. */
  readonly audit?: AuditFile
  readonly build: { readonly version: string, readonly node: string }
  /** What the process uses, for the metrics. */
  readonly processUse?: (() => ProcessUse) | undefined
  /** Of the listener; there is one where the config has listen.tls. */
  readonly certificate?: LiveCertificate | undefined
  /** What POST /-/stop of a loopback admin listener does: it should lead to drain(). */
  readonly onStop?: () => void
  /** What /-/log-level of that listener tells and changes. */
  readonly logLevel?: LevelSwitch
}

export interface Proxy {
  /** Starts listening. @returns The URL, or `unix:` and the path of the socket. @throws ProxyError `listen-failed`. */
  start: () => Promise<string>
  /** Puts another plan in place of the one in use; requests under way finish on theirs. */
  replace: (plan: LivePlan) => Promise<void>
  /** Reads all secrets again, and the certificate. */
  rereadSecrets: () => Promise<void>
  /** Stops cleanly: not ready, no new connections, requests in flight finish until the deadline. @param signal - What asked for it. @returns How many were cut. */
  drain: (signal: string) => Promise<number>
  /** Stops at once. @returns How many requests were cut. */
  close: () => Promise<number>
}
