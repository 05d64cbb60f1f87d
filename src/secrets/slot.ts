// Holds the versions of one credential: the one in use, and for a while the one before it.

import type { CredentialConfig } from '../config/config.ts'
import type { Credential, LiveCredential } from './credential.ts'

export interface Previous {
  readonly credential: Credential
  /** On a clock that never goes back (performance.now). */
  readonly until: number
}

/** Only the rotator writes; everybody else sees a LiveCredential. */
export class CredentialSlot implements LiveCredential {
  readonly config: CredentialConfig
  current: Credential | undefined
  previous: Previous | undefined

  constructor (config: CredentialConfig, current: Credential | undefined) {
    this.config = config
    this.current = current
  }

  get name (): string {
    return this.config.name
  }

  get secretRef (): string {
    return this.config.apiKey.text
  }
}
