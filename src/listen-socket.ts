// Listens on a Unix socket. The socket is made in a folder of its own that nobody else may enter, gets its permissions
// there, and then its name: it never has looser ones, and whoever sees it can connect.

import { chmodSync, linkSync, lstatSync, mkdtempSync, renameSync, rmSync, unlinkSync } from 'node:fs'
import type { Server as HttpServer } from 'node:http'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import { ProxyError } from './errors.ts'
import type { Listeners } from './listen.ts'

/**
 * Lets an HTTP server listen on a socket. One that an earlier process left behind is replaced; nothing else is.
 *
 * @param path - Absolute; settings say how long it may be.
 * @param mode - Permissions, such as 0o600.
 * @throws ProxyError `listen-failed`, which says what to do.
 */
export async function listenOnSocket (server: HttpServer, path: string, mode: number): Promise<Listeners> {
  let folder: string | undefined
  try {
    const stale = await staleAt(path)
    folder = mkdtempSync(`${dirname(path)}/.`) // join() would drop the dot, and make it beside the folder
    const made = join(folder, 's')
    await bind(server, made)
    chmodSync(made, mode)
    const own = identityAt(made)
    if (stale !== undefined) takeAway(path, stale, join(folder, 'stale'))
    put(made, path)
    return { url: `unix:${path}`, close: once(() => { remove(path, own); server.close() }) }
  } catch (error) {
    server.close()
    throw error instanceof ProxyError ? error : socketError(error, path)
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
  }
}

function bind (server: HttpServer, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ path, exclusive: true }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

/** @returns The identity of a socket that nobody listens on; undefined where there is none. @throws ProxyError for whatever must stay. */
async function staleAt (path: string): Promise<string | undefined> {
  const found = lstatSync(path, { throwIfNoEntry: false })
  const identity = identityAt(path)
  if (found === undefined) return undefined
  if (!found.isSocket()) {
    throw new ProxyError('listen-failed', `${path} (listen.socket) is there already, and is no socket`, { hint: 'choose another path, or remove it yourself' })
  }
  const reason = await whyNoAnswer(path)
  switch (reason) {
    case undefined: throw inUse(path)
    case 'ECONNREFUSED': return identity
    case 'ENOENT': return undefined // it has just gone
    default: throw new ProxyError('listen-failed', `whether the socket ${path} (listen.socket) is in use cannot be told (${reason})`, { hint: 'if nothing listens there, remove it; else choose another path' })
  }
}

function whyNoAnswer (path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => { socket.destroy(); resolve(undefined) }).once('error', (error) => { resolve(codeOf(error)) })
  })
}

/** Of one file, wherever it is moved: the number of a file that is gone is given to the next one. */
function identityAt (path: string): string | undefined {
  const found = lstatSync(path, { bigint: true, throwIfNoEntry: false })
  return found === undefined ? undefined : `${found.ino} ${found.mtimeNs}`
}

// Another start may have looked at the same stale socket and put its own there since. Only a move tells which one it is
// and takes it, in one step.
function takeAway (path: string, stale: string, aside: string): void {
  try {
    renameSync(path, aside)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return // somebody else took it; who is first to put its own there has it
    throw error
  }
  if (identityAt(aside) === stale) return
  put(aside, path)
  throw inUse(path)
}

/** Gives a socket its name. A link, unlike a move, never replaces what is there. */
function put (made: string, path: string): void {
  try {
    linkSync(made, path)
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw inUse(path)
    if (!NO_LINKS.has(codeOf(error))) throw error
    if (identityAt(path) !== undefined) throw inUse(path)
    renameSync(made, path)
  }
}

/** Some file systems, such as those that share a folder with a virtual machine, know no links. */
const NO_LINKS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'])

/** Node removes only the name that it bound. Another process may have put a socket of its own there since. */
function remove (path: string, own: string | undefined): void {
  try {
    if (identityAt(path) === own) unlinkSync(path)
  } catch {
    // what cannot be removed is stale for the next one
  }
}

// A second call could remove the socket of the next process: with the socket closed, its inode is free to be used again.
function once (work: () => void): () => void {
  let isDone = false
  return () => {
    if (isDone) return
    isDone = true
    work()
  }
}

function inUse (path: string): ProxyError {
  return new ProxyError('listen-failed', `the socket ${path} (listen.socket) is in use by another program`, {
    hint: 'it may be another langsmith-proxy: stop that one, or choose another path'
  })
}

function socketError (error: unknown, path: string): ProxyError {
  const folder = dirname(path)
  const code = codeOf(error)
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new ProxyError('listen-failed', `there is no folder ${folder} for the socket (listen.socket)`, { cause: error, hint: 'make it, with rights for the user who runs the proxy' })
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new ProxyError('listen-failed', `this user may not put a socket into ${folder} (listen.socket, ${code})`, { cause: error, hint: 'choose a folder that the user who runs the proxy may write to, such as $XDG_RUNTIME_DIR' })
    default:
      return new ProxyError('listen-failed', `cannot listen on the socket ${path} (listen.socket, ${code})`, { cause: error, hint: 'choose another path' })
  }
}

function codeOf (error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'UNKNOWN'
}
