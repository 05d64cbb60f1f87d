// What a rotation reports; part of the list in ../../events.ts.

/** Which credential, and where its value is kept. */
interface OfCredential {
  readonly credential: string
  readonly secret_ref: string
}

/** A new value is in use. */
export interface CredentialRotated extends OfCredential {
  readonly event: 'credential.rotated'
  /** Fingerprints; `from` is undefined where there was no value before. */
  readonly from?: string | undefined
  readonly to: string
  /** What the test call said: `untold` = it could not tell; `skipped` = there was none. */
  readonly test: 'accepted' | 'untold' | 'skipped'
  /** Why the test could not tell. */
  readonly reason?: string | undefined
}

/** LangSmith refused a new value, so the old one stays. */
export interface CredentialRejected extends OfCredential {
  readonly event: 'credential.rejected'
  readonly fingerprint: string
  /** Fingerprint of the value that stays. */
  readonly kept: string
  readonly status: number
}

/** LangSmith refuses the new value and accepts the old one, which is in use again. */
export interface CredentialReverted extends OfCredential {
  readonly event: 'credential.reverted'
  readonly from: string
  readonly to: string
  readonly status: number
}

/** The value could not be read, or not be used; the last good one stays, if there is one. */
export interface CredentialFailed extends OfCredential {
  readonly event: 'credential.failed'
  readonly code: string
  readonly detail: string
  readonly hint: string
  readonly kept?: string | undefined
}

/** The value can be read again. */
export interface CredentialRecovered extends OfCredential {
  readonly event: 'credential.recovered'
}

/** The value in use stops being valid soon, or has stopped. */
export interface CredentialExpiring extends OfCredential {
  readonly event: 'credential.expiring'
  readonly fingerprint: string
  /** ISO 8601. */
  readonly expires_at: string
  /** Whole days, rounded up; 0 when it is over. */
  readonly days_left: number
}

export type RotationEvent
  = | CredentialRotated | CredentialRejected | CredentialReverted | CredentialFailed | CredentialRecovered | CredentialExpiring
