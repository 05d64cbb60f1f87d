// Chooses where stored keys are kept: the keychain of the system, or the encrypted file where there is no
// keychain. Nothing is loaded, opened or asked before the first use.

import { ProxyError } from '../../errors.ts'
import { openAgeFile, type AgeFileOptions } from './age-file.ts'
import { openKeychain, type OpenedKeychain, type SessionBus } from './keychain.ts'
import type { SecretStore, StoredEntry, StorePlace } from './store.ts'

export interface StoreOptions extends Omit<AgeFileOptions, 'now'> {
  /** `auto`: the keychain where it works, else the file; both are looked into. */
  readonly kind: 'auto' | 'keychain' | 'file'
  /** Where the keychain of a Linux desktop is found; undefined elsewhere. */
  readonly bus?: SessionBus | undefined
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

/** @throws Nothing yet; its methods throw ProxyError `secret-unreadable`, `secret-unusable` or `secret-exposed`. */
export function openStore ({ kind, bus, now = Date.now, ...options }: StoreOptions): SecretStore {
  const places = {
    auto: [createKeychainOpener(bus), createFileOpener({ ...options, now })],
    keychain: [required(createKeychainOpener(bus))],
    file: [createFileOpener({ ...options, now })]
  }[kind]
  return {
    read: (name) => readFirst(places, name),
    write: (name, entry) => writeOnce(places, name, entry),
    remove: (name) => fromAll(places, async (place) => await place.remove(name) ? [place.name] : []),
    list: () => fromAll(places, async (place) => (await place.list()).map((named) => ({ ...named, place: place.name }))),
    files: kind === 'keychain' ? [] : [options.file]
  }
}

type Opener = () => Promise<OpenedKeychain>

/** Keeps an open keychain, so that its calls wait for each other; one that is missing may be there the next time. */
function createKeychainOpener (bus: SessionBus | undefined): Opener {
  let opened: Promise<OpenedKeychain> | undefined
  return async () => {
    opened ??= openKeychain(bus)
    const keychain = await opened
    if ('missing' in keychain) opened = undefined
    return keychain
  }
}

function createFileOpener (options: AgeFileOptions): Opener {
  const place = openAgeFile(options)
  return async () => ({ place })
}

function required (open: Opener): Opener {
  return async () => {
    const opened = await open()
    if ('place' in opened) return opened
    throw new ProxyError('secret-unreadable', `the keychain cannot be used: ${opened.missing}`, { hint: 'set store.kind (LANGSMITH_PROXY_STORE_KIND) to auto or file to keep keys in an encrypted file' })
  }
}

async function openAll (openers: readonly Opener[]): Promise<readonly StorePlace[]> {
  const opened = await Promise.all(openers.map((open) => open()))
  return opened.flatMap((one) => 'place' in one ? [one.place] : [])
}

/** What all places give together. Each has done its part before the first failure is told. */
async function fromAll<Item> (openers: readonly Opener[], work: (place: StorePlace) => Promise<readonly Item[]>): Promise<readonly Item[]> {
  const pending = (await openAll(openers)).map(work)
  await Promise.allSettled(pending)
  return (await Promise.all(pending)).flat()
}

/** A place that cannot be opened matters only if no other has the name: it may be in there. */
async function readFirst (openers: readonly Opener[], name: string): Promise<StoredEntry | undefined> {
  let failure: ProxyError | undefined
  for (const place of await openAll(openers)) {
    try {
      const entry = await place.read(name)
      if (entry !== undefined) return entry
    } catch (error) {
      if (!(error instanceof ProxyError)) throw error
      failure ??= error
    }
  }
  if (failure !== undefined) throw failure
  return undefined
}

async function writeOnce (openers: readonly Opener[], name: string, entry: StoredEntry): ReturnType<SecretStore['write']> {
  let missing: string | undefined
  let refused: string | undefined
  for (const [index, open] of openers.entries()) {
    const isLast = index === openers.length - 1
    const opened = await open()
    if ('missing' in opened) {
      missing = opened.missing
      continue
    }
    const { place } = opened
    let written
    try {
      written = await place.write(name, entry)
    } catch (error) {
      if (isLast || !(error instanceof ProxyError)) throw error
      refused = error.message
      continue
    }
    const notes = [
      ...refused === undefined ? [] : [`${refused}, so the key is in an encrypted file; an older "${name}" in the keychain would be read first once it works`],
      // Said once: it stays as it is.
      ...missing === undefined || !written.isNew ? [] : [`no keychain here (${missing}), so keys are kept in an encrypted file`],
      ...written.notes,
      ...await removeOlder(openers.slice(index + 1), name)
    ]
    return { place: place.name, notes }
  }
  throw new Error('unreachable: the last place is written to or throws')
}

/** An entry of the same name in a later place would come back when the one before it is removed. */
async function removeOlder (openers: readonly Opener[], name: string): Promise<readonly string[]> {
  const places = await openAll(openers)
  const lines = await Promise.all(places.map(async (place) => {
    try {
      await place.remove(name)
      return []
    } catch (error) {
      if (!(error instanceof ProxyError)) throw error
      return [`an older "${name}" may still be in ${place.name}: ${error.message}`]
    }
  }))
  return lines.flat()
}
