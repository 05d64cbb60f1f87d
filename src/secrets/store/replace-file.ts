// Puts a file in place of another in one step: whatever happens on the way, there is the old one or the
// new one, whole and on the disk. Both are for our eyes only.

import { randomBytes } from 'node:crypto'
import { chown, open, readdir, realpath, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/**
 * @param path - Made, or replaced if it is there. Only one writer at a time: see lock.ts.
 * @throws The error of the system; then the old file is untouched and nothing is left beside it.
 */
export async function replaceFile (path: string, content: Uint8Array): Promise<void> {
  const target = await realpath(path).catch(() => path) // a link, as people keep their settings, stays one
  const folder = dirname(target)
  const ours = `.${basename(target)}.`
  // A writer that was killed has left its piece; we have the lock, so nobody is using it.
  for (const name of await readdir(folder)) {
    if (name.startsWith(ours) && name.endsWith('.tmp')) await rm(join(folder, name), { force: true })
  }
  const temporary = join(folder, `${ours}${randomBytes(6).toString('hex')}.tmp`)
  await writeNewFile(temporary, content)
  try {
    await keepOwner(target, temporary)
    await rename(temporary, target)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  await syncFolder(folder)
}

/** With another owner the program that reads it could not any more: root may write what belongs to the user of a service. */
async function keepOwner (target: string, temporary: string): Promise<void> {
  const before = await stat(target).catch(() => undefined) // not there yet
  if (before !== undefined && before.uid !== (await stat(temporary)).uid) await chown(temporary, before.uid, before.gid)
}

/**
 * Makes a file that only its owner can open, and waits until it is on the disk.
 *
 * @throws The error of the system: EEXIST when there is something of that name, even a link. What was begun is removed.
 */
export async function writeNewFile (path: string, content: Uint8Array | string): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(content)
    await file.sync()
  } catch (error) {
    await rm(path, { force: true })
    throw error
  } finally {
    await file.close()
  }
}

/** A name in a folder is on the disk only when the folder is; not all systems can wait for that. */
export async function syncFolder (folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r')
    await handle.sync().finally(() => handle.close())
  } catch {
    // Windows opens no folders. The file itself is safe: it is complete under its old or its new name.
  }
}
