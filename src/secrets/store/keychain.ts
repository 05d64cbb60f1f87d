// The keychain of the system: macOS Keychain, Windows Credential Manager, or the Secret Service of a Linux
// desktop (GNOME Keyring, KWallet). The native package behind it is optional and loaded when it is first used.

import type * as Keyring from '@napi-rs/keyring'
import { ProxyError } from '../../errors.ts'
import { entryFromText, entryToJson } from './entry.ts'
import { busTalks } from './session-bus.ts'
import type { StorePlace } from './store.ts'
import { createTurns } from './turns.ts'

/** Who the keychain says its entries belong to. */
const SERVICE = 'langsmith-proxy'
const NAME = 'keychain of this system'
/** Without this, Linux falls back to the keyring of the kernel, which forgets at the next boot. */
const PINNED = { linux: { store: 'secret-service' } } as const

export interface KeychainLimits {
  /** For one look, in milliseconds. */
  readonly read: number
  /** For a change, which a person may have to confirm. */
  readonly change: number
}
const LIMITS: KeychainLimits = { read: 10_000, change: 60_000 }

/** The place, or in a few words why there is none. */
export type OpenedKeychain = { readonly place: StorePlace } | { readonly missing: string }

type Library = typeof Keyring

const NO_SERVICE = 'no Secret Service answers on the session bus'

/** The session bus of a Linux desktop, and who asks there. */
export interface SessionBus {
  readonly address: string
  readonly uid: number
}

/**
 * Nothing is read and nobody is asked yet.
 *
 * @param bus - Is tried first: the package waits for it without end, and everything with it.
 */
export async function openKeychain (bus?: SessionBus, limits = LIMITS): Promise<OpenedKeychain> {
  let keyring: Library
  try {
    keyring = await import('@napi-rs/keyring')
  } catch {
    return { missing: 'the optional package @napi-rs/keyring is not installed or does not fit this system' }
  }
  if (bus !== undefined && !await busTalks(bus.address, bus.uid)) return { missing: NO_SERVICE }
  try {
    entryOf(keyring, 'default') // connects
  } catch {
    return { missing: NO_SERVICE }
  }
  return { place: keychainPlace(keyring, limits) }
}

function keychainPlace (keyring: Library, limits: KeychainLimits): StorePlace {
  const inTurn = createTurns()
  const call = <Result>(limit: number, work: () => Promise<Result>): Promise<Result> => inTurn(work, limit, noAnswer).catch((error: unknown) => { throw inWords(error) })
  return {
    name: NAME,
    async read (name) {
      const text = await call(limits.read, () => entryOf(keyring, name).getPassword())
      return text === null ? undefined : entryFromText(text, name, NAME)
    },
    async write (name, entry) {
      await call(limits.change, () => entryOf(keyring, name).setPassword(JSON.stringify(entryToJson(entry))))
      return { isNew: false, notes: [] }
    },
    remove: (name) => call(limits.change, () => entryOf(keyring, name).deletePassword()),
    async list () {
      const found = await call(limits.read, () => keyring.findCredentialsAsync(SERVICE))
      return found.map(({ account, password }) => ({ name: account, entry: entryFromText(password, account, NAME) }))
    }
  }
}

function entryOf (keyring: Library, name: string): Keyring.AsyncEntry {
  return new keyring.AsyncEntry(SERVICE, name, PINNED)
}

function noAnswer (): ProxyError {
  return new ProxyError('secret-unreadable', 'the keychain did not answer', { hint: 'unlock it, and look for a window that asks to; or set store.kind (LANGSMITH_PROXY_STORE_KIND) to file' })
}

/** The package has one class for all its errors, and puts into the message what the system says; only what kind it is may be told. */
function inWords (error: unknown): ProxyError {
  if (error instanceof ProxyError) return error
  const message = error instanceof Error ? error.message : ''
  if (/did not receive a reply/i.test(message)) return noAnswer()
  if (/locked|dismissed/i.test(message)) {
    return new ProxyError('secret-unreadable', 'the keychain is locked', { hint: 'unlock it, as by logging in to the desktop, then try again' })
  }
  if (/ambiguous|multiple|more than one/i.test(message)) {
    return new ProxyError('secret-unreadable', 'the keychain holds several entries of that name', { hint: 'remove all but one with the program of your keychain; they belong to "langsmith-proxy"' })
  }
  return new ProxyError('secret-unreadable', 'the keychain refused', { hint: 'see that it has a default keyring and is unlocked; or set store.kind (LANGSMITH_PROXY_STORE_KIND) to file' })
}
