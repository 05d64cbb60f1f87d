// Notices that a file has changed. It is the folder that is watched: Kubernetes swaps a `..data` link,
// editors and `mv` put another file in place, and both leave a watch on the file itself with the old one.
// Where the system tells nothing (network drives, single-file bind mounts), looking every few seconds does.

import { watch, type FSWatcher } from 'node:fs'
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/** A change comes as several events; the last one says that it is over. */
const SETTLE_MS = 100
const POLL_MS = 5000

export interface FileWatch {
  stop: () => void
}

/**
 * @param paths - Files that may or may not be there yet.
 * @param onChange - Called after one of them has appeared, changed or gone; never twice at the same time for one change.
 */
export function watchFiles (paths: readonly string[], onChange: () => void, pollMs = POLL_MS): FileWatch {
  let stopped = false
  let known: string | undefined
  let settling: NodeJS.Timeout | undefined
  let watchers: readonly FSWatcher[] = []

  async function look (): Promise<void> {
    const seen = (await Promise.all(paths.map(stateOf))).join()
    if (stopped || seen === known) return
    const isFirst = known === undefined
    known = seen
    if (!isFirst) onChange()
  }

  function lookSoon (): void {
    clearTimeout(settling)
    settling = setTimeout(() => { void look() }, SETTLE_MS).unref()
  }

  // A folder that is not there, or is put in place of another, is found again by the next poll.
  function watchFolders (): void {
    for (const watcher of watchers) watcher.close()
    watchers = [...new Set(paths.map((path) => dirname(path)))].flatMap((folder) => {
      try {
        return [watch(folder, { persistent: false }, lookSoon).on('error', lookSoon)]
      } catch {
        return [] // polling will do
      }
    })
  }

  const polling = setInterval(() => {
    watchFolders()
    void look()
  }, pollMs).unref()
  watchFolders()
  void look()

  return {
    stop () {
      stopped = true
      clearInterval(polling)
      clearTimeout(settling)
      for (const watcher of watchers) watcher.close()
    }
  }
}

/** Changes whenever the content may have: follows links, so that a swapped link counts. */
async function stateOf (path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true })
    return `${dev}.${ino}.${size}.${mtimeNs}.${ctimeNs}`
  } catch {
    return 'none' // the reader will say why
  }
}
