// What the audit record reports of itself; part of the list in ../../events.ts.

/** The record has a hole: lines were dropped because the file could not be written for too long, or at the end. */
export interface AuditLost {
  readonly event: 'audit.lost'
  readonly lines: number
}

/** The file cannot be written, told when that begins; or, after SIGHUP, not opened anew, and the one before is written on. */
export interface AuditFailed {
  readonly event: 'audit.failed'
  readonly code: 'audit-unwritable'
  readonly message: string
  readonly hint: string
}

export type AuditEvent = AuditLost | AuditFailed
