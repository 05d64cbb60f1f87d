// The stored keys in one file, encrypted with age: {"version": 1, "secrets": {"NAME": {…}}}.
// Fields that this version does not know stay in it.

import { createHash } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { decryptText, encryptText, plainAge, type AgeKey } from './age.ts'
import { broken, entryFromJson, entryToJson, fieldsOf, parseJson } from './entry.ts'
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
  const shown = `encrypted file ${file}`
  const unlock = createUnlock(options)
  let opened: { readonly digest: string, readonly text: Promise<string> } | undefined

  /** A passphrase takes a second of work that nothing else can run beside, so what did not change is not opened again. */
  function decrypt (bytes: Uint8Array, key: AgeKey): Promise<string> {
    if (key.kind !== 'passphrase') return decryptText(bytes, key, shown)
    const digest = createHash('sha256').update(bytes).digest('hex')
    if (opened?.digest !== digest) opened = { digest, text: decryptText(bytes, key, shown) }
    return opened.text
  }

  async function load (): Promise<Content | undefined> {
    const bytes = await readOwnFile(file, shown, options)
    if (bytes === undefined) return undefined
    const plain = await plainAge(bytes, shown)
    const key = await unlock.forFile(plain, shown)
    const fields = fieldsOf(parseJson(await decrypt(plain, key), shown), shown)
    const secrets = fields.get('secrets')
    if (typeof secrets !== 'object' || secrets === null || Array.isArray(secrets)) throw broken(shown, 'it has no secrets')
    return { key, fields, secrets: new Map(Object.entries(secrets)) }
  }

  async function save ({ key, fields, secrets }: Content): Promise<void> {
    const whole = Object.fromEntries([...fields, ['version', 1], ['secrets', Object.fromEntries(secrets)]])
    await replaceFile(file, await encryptText(JSON.stringify(whole), key))
  }

  /** Changes the file while nobody else does. @returns A line for the person if a lock that was left behind was broken. */
  function locked<Result> (work: () => Promise<Result>): Promise<{ readonly result: Result, readonly notice: string | undefined }> {
    return writing(shown, async () => {
      await mkdir(dirname(file), { recursive: true, mode: 0o700 })
      const { result, broke } = await withLock(`${file}.lock`, shown, options.processes, work)
      return { result, notice: broke ? `removed the lock that an earlier process left at ${file}.lock` : undefined }
    })
  }

  function entryOf (name: string, value: unknown): StoredEntry {
    return entryFromJson(value, `stored secret ${name} in ${shown}`)
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
      const { result: made, notice } = await locked(async () => {
        const content = await load()
        const { key, notice } = content === undefined ? await unlock.forNew(shown) : { key: content.key, notice: undefined }
        await save({ key, fields: content?.fields ?? new Map(), secrets: new Map([...content?.secrets ?? [], [name, entryToJson(entry)]]) })
        return notice
      })
      return [notice, made].filter((line) => line !== undefined).join('; ') || undefined
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
