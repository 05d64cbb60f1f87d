// What the certificate of the listener reports; part of the list in ../../events.ts.

/** Another certificate is in use for new connections. */
export interface CertificateReloaded {
  readonly event: 'certificate.reloaded'
  /** ISO 8601. */
  readonly expires_at: string
}

/** The files cannot be used; the certificate before stays. */
export interface CertificateRejected {
  readonly event: 'certificate.rejected'
  readonly code: string
  readonly message: string
  readonly hint: string
}

/** The certificate in use ends soon, or has ended. */
export interface CertificateExpiring {
  readonly event: 'certificate.expiring'
  /** ISO 8601. */
  readonly expires_at: string
  /** Whole days, rounded up; 0 when it is over. */
  readonly days_left: number
}

export type CertificateEvent = CertificateReloaded | CertificateRejected | CertificateExpiring
