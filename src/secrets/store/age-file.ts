// The stored keys in one file, encrypted with age: {"version": 1, "secrets": {"NAME": {…}}}.
// Fields that this version does not know stay in it.

import { createHash } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { decryptText, encryptText, plainAge, type AgeKey } from './age.ts'
import { broken, entryFromJson, entryToJson, fieldsOf, parseJson } from './entry.ts'
import { showFile, startAgain } from './file-words.ts'
import { withLock, type Processes } from './lock.ts'
import { readOwnFile } from './own-file.ts'
import { replaceFile } from './replace-file.ts'
import type { StoredEntry, StorePlace } from './store.ts'
import { createUnlock, type UnlockOptions } from './unlock.ts'
import { writing } from './write-failure.ts'

export interface AgeFileOptions extends UnlockOptions {
  /** Absolute path; the file and its folder need not be there. */
  readonly file: string
  readonly processes: Processes
}

/** What is in the file, with what opened it. */
interface Content {
  readonly key: AgeKey
  readonly fields: ReadonlyMap<string, unknown>
  readonly secrets: ReadonlyMap<string, unknown>
}

export function openAgeFile (options: AgeFileOptions): StorePlace {
  const { file } = options
  const shown = showFile(file)
  const holder = { shown, mend: startAgain(file) }
  const unlock = createUnlock(options)
  let opened: { readonly digest: string, readonly text: Promise<string> } | undefined

  /** A passphrase takes a second of work that nothing else can run beside, so what did not change is not opened again. */
  function decrypt (bytes: Uint8Array, key: AgeKey): Promise<string> {
    if (key.kind !== 'passphrase') return decryptText(bytes, key, file)
    const digest = createHash('sha256').update(bytes).digest('hex')
    if (opened?.digest !== digest) {
      const text = decryptText(bytes, key, file)
      opened = { digest, text }
      text.catch(() => { if (opened?.text === text) opened = undefined }) // another passphrase may do
    }
    return opened.text
  }

  async function unlocked (bytes: Uint8Array): Promise<{ readonly key: AgeKey, readonly text: string }> {
    for (;;) {
      const key = await unlock.forFile(bytes, file)
      try {
        const text = await decrypt(bytes, key)
        unlock.opened()
        return { key, text }
      } catch (error) {
        if (!unlock.mayTryAgain(key, error)) throw error
      }
    }
  }

  async function load (): Promise<Content | undefined> {
    const bytes = await readOwnFile(file, shown, options)
    if (bytes === undefined) return undefined
    const { key, text } = await unlocked(await plainAge(bytes, file))
    const fields = fieldsOf(parseJson(text, holder), holder)
    const secrets = fields.get('secrets')
    if (typeof secrets !== 'object' || secrets === null || Array.isArray(secrets)) throw broken(holder, 'it has no secrets')
    return { key, fields, secrets: new Map(Object.entries(secrets)) }
  }

  async function save ({ key, fields, secrets }: Content): Promise<void> {
    const whole = Object.fromEntries([...fields, ['version', 1], ['secrets', Object.fromEntries(secrets)]])
    await replaceFile(file, await encryptText(JSON.stringify(whole), key))
  }

  /** Changes the file while nobody else does. @returns Also a line for the person if a lock that was left behind was broken. */
  function locked<Result> (work: () => Promise<Result>): Promise<{ readonly result: Result, readonly notes: readonly string[] }> {
    return writing(shown, async () => {
      await mkdir(dirname(file), { recursive: true, mode: 0o700 })
      const { result, broke } = await withLock(`${file}.lock`, shown, options.processes, work)
      return { result, notes: broke ? [`removed the lock that an earlier process left at ${file}.lock`] : [] }
    })
  }

  function entryOf (name: string, value: unknown): StoredEntry {
    return entryFromJson(value, name, shown)
  }

  return {
    name: shown,
    async read (name) {
      const value = (await load())?.secrets.get(name)
      return value === undefined ? undefined : entryOf(name, value)
    },
    async write (name, entry) {
      // Before the lock: a person may take their time with the passphrase.
      const before = await load()
      if (before === undefined && options.identityFile === undefined) await unlock.forNew(shown)
      const { result: made, notes } = await locked(async () => {
        const content = await load()
        const { key, notes } = content === undefined ? await unlock.forNew(shown) : { key: content.key, notes: [] }
        await save({ key, fields: content?.fields ?? new Map(), secrets: new Map([...content?.secrets ?? [], [name, entryToJson(entry)]]) })
        return { isNew: content === undefined, notes }
      })
      return { isNew: made.isNew, notes: [...notes, ...made.notes] }
    },
    async remove (name) {
      if (!(await load())?.secrets.has(name)) return false
      const { result } = await locked(async () => {
        const content = await load()
        if (content?.secrets.has(name) !== true) return false
        const rest = new Map(content.secrets)
        rest.delete(name)
        // The last one takes the file with it: nobody should be asked for the passphrase of an empty file.
        if (rest.size === 0) await rm(file)
        else await save({ ...content, secrets: rest })
        return true
      })
      return result
    },
    async list () {
      const secrets = [...(await load())?.secrets ?? []]
      return secrets.map(([name, value]) => ({ name, entry: entryOf(name, value) }))
    }
  }
}
