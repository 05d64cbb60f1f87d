// Finds what opens the encrypted file: the identity file that the settings name, else a passphrase that a
// person types, once per process.

import { ProxyError } from '../../errors.ts'
import type { FileModeRules } from '../file-mode.ts'
import type { Secret } from '../secret.ts'
import { wantsPassphrase, type AgeKey } from './age.ts'
import { IDENTITY_SETTING, makeIdentity, readIdentities, showIdentityFile } from './identity-file.ts'

/** Asks the person for the passphrase of the file: to open it, or twice for a new one. Undefined when there is nobody to ask. */
export type AskPassphrase = (purpose: 'open' | 'new') => Promise<Secret | undefined>

export interface UnlockOptions extends FileModeRules {
  /** Absolute path. */
  readonly identityFile: string | undefined
  readonly askPassphrase?: AskPassphrase | undefined
  /** Milliseconds since 1970. */
  readonly now: () => number
}

export interface Unlock {
  /**
   * For a file that is there.
   *
   * @param bytes - Its content, without armor.
   * @throws ProxyError `secret-unreadable` when there is nothing to open it with.
   */
  readonly forFile: (bytes: Uint8Array, shown: string) => Promise<AgeKey>
  /** For a file that is about to be made. @returns Also a line for the person if an identity was made for it. */
  readonly forNew: (shown: string) => Promise<{ readonly key: AgeKey, readonly notice: string | undefined }>
}

export function createUnlock (options: UnlockOptions): Unlock {
  const { identityFile } = options
  let asked: Promise<Secret | undefined> | undefined

  async function passphrase (purpose: 'open' | 'new', shown: string): Promise<AgeKey> {
    asked ??= options.askPassphrase?.(purpose)
    const answer = await asked
    if (answer === undefined) throw noKey(shown)
    if (answer.reveal() === '') throw new ProxyError('secret-unusable', `an empty passphrase cannot protect ${shown}`, { hint: 'choose one of four or more random words' })
    return { kind: 'passphrase', passphrase: answer }
  }

  return {
    async forFile (bytes, shown) {
      if (wantsPassphrase(bytes)) {
        if (identityFile === undefined) return passphrase('open', shown)
        throw new ProxyError('secret-unreadable', `${shown} is encrypted with a passphrase, so the identity file cannot open it`,
          { hint: `leave out ${IDENTITY_SETTING} to be asked for the passphrase` })
      }
      if (identityFile === undefined) {
        throw new ProxyError('secret-unreadable', `${shown} is encrypted for an age identity, and none is set`, { hint: `set ${IDENTITY_SETTING} to the file with the identity` })
      }
      const key = await readIdentities(identityFile, options)
      if (key !== undefined) return key
      throw new ProxyError('secret-unreadable', `${showIdentityFile(identityFile)}, which opens ${shown}, does not exist`, { hint: `correct ${IDENTITY_SETTING}, or put the identity there` })
    },

    async forNew (shown) {
      if (identityFile === undefined) return { key: await passphrase('new', shown), notice: undefined }
      const key = await readIdentities(identityFile, options)
      if (key !== undefined) return { key, notice: undefined }
      return {
        key: await makeIdentity(identityFile, options.now()),
        notice: `made ${showIdentityFile(identityFile)}; without it the stored keys cannot be opened`
      }
    }
  }
}

function noKey (shown: string): ProxyError {
  return new ProxyError('secret-unreadable', `nothing opens ${shown}: no identity file is set, and there is no terminal to ask for a passphrase`,
    { hint: `set ${IDENTITY_SETTING} to an age identity ("age-keygen -o FILE" makes one; "langsmith-proxy secrets set" makes it if the file is not there yet), or run this in a terminal` })
}
