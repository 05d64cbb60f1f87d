// Finds what opens the encrypted file: the identity file that the settings name, else a passphrase that a
// person types: once per process, or three times if it is wrong.

import { ProxyError } from '../../errors.ts'
import type { FileModeRules } from '../file-mode.ts'
import type { Secret } from '../secret.ts'
import { wantsPassphrase, type AgeKey } from './age.ts'
import { showFile, startAgain } from './file-words.ts'
import { IDENTITY_SETTING, makeIdentity, readIdentities, showIdentityFile } from './identity-file.ts'

/** Asks the person for the passphrase of the file: to open it, `again` after a wrong one, or twice for a new one. Undefined when there is nobody to ask. */
export type AskPassphrase = (purpose: 'open' | 'again' | 'new') => Promise<Secret | undefined>

const MOST_TRIES = 3

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
  readonly forFile: (bytes: Uint8Array, path: string) => Promise<AgeKey>
  /** Told when a key has opened the file: from then on nobody is asked again, in the middle of something else. */
  readonly opened: () => void
  /** Whether the failure of this key is one that forFile can mend, by asking again. */
  readonly mayTryAgain: (key: AgeKey, failure: unknown) => boolean
  /** For a file that is about to be made. @returns Also a line for the person if an identity was made for it. */
  readonly forNew: (shown: string) => Promise<{ readonly key: AgeKey, readonly notes: readonly string[] }>
}

export function createUnlock (options: UnlockOptions): Unlock {
  const { identityFile } = options
  let asked: Promise<Secret | undefined> | undefined
  /** What was typed last; undefined while it is typed. */
  let typed: Secret | undefined
  let tries = 1
  let isOpen = false

  async function passphrase (purpose: 'open' | 'again' | 'new', shown: string): Promise<AgeKey> {
    asked ??= options.askPassphrase?.(purpose)
    const answer = await asked
    typed = answer
    if (answer === undefined) throw noKey(shown)
    if (answer.reveal() === '') throw new ProxyError('secret-unusable', `an empty passphrase cannot protect ${shown}`, { hint: 'choose one of four or more random words' })
    return { kind: 'passphrase', passphrase: answer }
  }

  return {
    async forFile (bytes, path) {
      const shown = showFile(path)
      if (wantsPassphrase(bytes)) {
        if (identityFile === undefined) return passphrase(tries === 1 ? 'open' : 'again', shown)
        throw new ProxyError('secret-unreadable', `${shown} is encrypted with a passphrase, so the identity file cannot open it`,
          { hint: `leave out ${IDENTITY_SETTING} to be asked for the passphrase; to use the identity from now on, ${startAgain(path)}` })
      }
      if (identityFile === undefined) {
        throw new ProxyError('secret-unreadable', `${shown} is encrypted for an age identity, and none is set`, { hint: `set ${IDENTITY_SETTING} to the file with the identity` })
      }
      const key = await readIdentities(identityFile, options)
      if (key !== undefined) return key
      throw new ProxyError('secret-unreadable', `${showIdentityFile(identityFile)}, which opens ${shown}, does not exist`, { hint: `correct ${IDENTITY_SETTING}, or put the identity there` })
    },

    opened () {
      isOpen = true
    },

    mayTryAgain (key, failure) {
      if (key.kind !== 'passphrase' || !(failure instanceof ProxyError) || failure.code !== 'secret-unreadable') return false
      if (key.passphrase !== typed) return true // somebody is being asked already, for another read
      if (isOpen || tries === MOST_TRIES) return false
      tries++
      asked = undefined
      typed = undefined
      return true
    },

    async forNew (shown) {
      if (identityFile === undefined) return { key: await passphrase('new', shown), notes: [] }
      const key = await readIdentities(identityFile, options)
      if (key !== undefined) return { key, notes: [] }
      return {
        key: await makeIdentity(identityFile, options.now()),
        notes: [`made ${showIdentityFile(identityFile)}; without it the stored keys cannot be opened`]
      }
    }
  }
}

function noKey (shown: string): ProxyError {
  return new ProxyError('secret-unreadable', `nothing opens ${shown}: no identity file is set, and no passphrase can be asked for, because stdin is not a terminal (or stderr is not)`,
    { hint: `set ${IDENTITY_SETTING} to an age identity on another disk ("age-keygen -o FILE" makes one; "langsmith-proxy secrets set" makes it if the file is not there yet), or run this in a terminal` })
}
