// A Unix socket in place of a port: who may use it, what is replaced and what never is, and what is left at the end.

import { execFile } from 'node:child_process'
import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync, watch, writeFileSync } from 'node:fs'
import { createServer, request } from 'node:http'
import { createServer as createNetServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { buildSync } from 'esbuild'
import t from 'tap'
import type { Test } from 'tap'
import { ProxyError } from '../src/errors.ts'
import { listenOnSocket } from '../src/listen-socket.ts'
import type { Listeners } from '../src/listen.ts'

/** Short, as the path of a socket must be. */
function folderOf (t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'lsp-'))
  t.teardown(() => { rmSync(folder, { recursive: true, force: true }) })
  return folder
}

async function start (t: Test, path: string, mode = 0o600): Promise<Listeners> {
  const server = createServer((_request, response) => { response.end('here') })
  const listeners = await listenOnSocket(server, path, mode)
  t.teardown(() => { listeners.close(); server.closeAllConnections() })
  return listeners
}

async function refusalOf (t: Test, path: string): Promise<ProxyError> {
  const server = createServer()
  t.teardown(() => { server.close() })
  const error: unknown = await listenOnSocket(server, path, 0o600).catch((caught: unknown) => caught)
  t.equal(server.listening, false, 'nothing keeps listening')
  if (error instanceof ProxyError) return error
  throw new Error('it listens', { cause: error })
}

function ask (socketPath: string): Promise<string> {
  return new Promise((resolve, reject) => {
    request({ socketPath, path: '/', agent: false }, (response) => {
      response.setEncoding('utf8').once('data', resolve)
    }).once('error', reject).end()
  })
}

/** A socket whose process has gone without tidying up. */
async function leaveStale (path: string): Promise<void> {
  const server = createNetServer()
  await new Promise<void>((resolve) => { server.listen(`${path}.made`, resolve) })
  renameSync(`${path}.made`, path) // so that Node does not find it when it closes
  await new Promise((resolve) => { server.close(resolve) })
}

// A second proxy that took the socket over would receive what is meant for the first, and the first would never know.
t.test('a socket that somebody listens on is an error, and stays theirs', async (t) => {
  const path = join(folderOf(t), 'p.sock')
  await start(t, path)
  t.match(await refusalOf(t, path), { code: 'listen-failed', exitCode: 1, message: `the socket ${path} (listen.socket) is in use by another program`, hint: /stop that one, or choose another path/ })
  t.equal(await ask(path), 'here')
})

t.test('what is no socket is never removed', async (t) => {
  const folder = folderOf(t)
  const path = join(folder, 'p.sock')
  const stale = join(folder, 'stale')
  await leaveStale(stale)
  const cases = { file: () => { writeFileSync(path, 'precious') }, folder: () => { mkdirSync(path) }, 'link to a stale socket': () => { symlinkSync(stale, path) }, 'link to nothing': () => { symlinkSync('/nowhere', path) } }
  for (const [name, make] of Object.entries(cases)) {
    make()
    const before = lstatSync(path).ino
    t.match(await refusalOf(t, path), { code: 'listen-failed', message: /is there already, and is no socket/ }, name)
    t.equal(lstatSync(path).ino, before, name)
    rmSync(path, { recursive: true })
  }
  t.same(readdirSync(folder), ['stale'], 'and nothing is left beside it')
})

t.test('a folder that is not there, is none, or may not be written to, is explained', async (t) => {
  const folder = folderOf(t)
  writeFileSync(join(folder, 'file'), '')
  t.match(await refusalOf(t, join(folder, 'missing/p.sock')), { code: 'listen-failed', message: `there is no folder ${folder}/missing for the socket (listen.socket)` })
  t.match(await refusalOf(t, join(folder, 'file/p.sock')), { message: /there is no folder .*\/file for the socket/ })
  if (process.getuid?.() === 0) {
    t.comment('root may write everywhere')
    return
  }
  chmodSync(folder, 0o500)
  t.match(await refusalOf(t, join(folder, 'p.sock')), { message: /this user may not put a socket into .*EACCES/, hint: /XDG_RUNTIME_DIR/ })
})

t.test('a socket that was left behind is replaced', async (t) => {
  const path = join(folderOf(t), 'p.sock')
  await leaveStale(path)
  t.ok(lstatSync(path).isSocket())
  await t.rejects(ask(path), { code: 'ECONNREFUSED' })
  t.match(await start(t, path), { url: `unix:${path}` })
  t.equal(await ask(path), 'here')
})

t.test('it has its mode from the moment on at which it is there, whatever the umask', async (t) => {
  const folder = folderOf(t)
  const before = process.umask(0)
  t.teardown(() => { process.umask(before) })
  for (const mode of [0o600, 0o660, 0o666]) {
    const path = join(folder, `${mode.toString(8)}.sock`)
    const seen: string[] = []
    const watcher = watch(folder, () => {
      for (const name of readdirSync(folder)) seen.push(`${name} ${(lstatSync(join(folder, name), { throwIfNoEntry: false })?.mode ?? 0).toString(8)}`)
    })
    await start(t, path, mode)
    await new Promise((resolve) => { setTimeout(resolve, 50) })
    watcher.close()
    t.equal(lstatSync(path).mode & 0o777, mode)
    t.ok(seen.length > 0, 'somebody looked')
    for (const entry of seen.filter((text) => text.startsWith('.'))) t.match(entry, / (40700|0)$/, 'where it was made, nobody else gets in')
    for (const entry of seen.filter((text) => text.startsWith(mode.toString(8)))) t.match(entry, new RegExp(` 140${mode.toString(8)}$`))
  }
  t.same(readdirSync(folder).filter((name) => name.startsWith('.')), [], 'nothing else is left')
})

t.test('at the end it is gone; but not one that another process has put there since', async (t) => {
  const folder = folderOf(t)
  const path = join(folder, 'p.sock')
  const first = await start(t, path)
  first.close()
  t.equal(existsSync(path), false)

  const second = await start(t, path)
  first.close()
  t.equal(await ask(path), 'here', 'closing twice does no harm to the next one')
  rmSync(path) // by hand
  const third = await start(t, path)
  second.close()
  t.equal(await ask(path), 'here')
  third.close()
  t.same(readdirSync(folder), [])
})

// Both see that nobody listens; were the last to come to win, the other would serve nobody and never know.
t.test('of several that start at once, one gets the socket and the others say so', async (t) => {
  const folder = folderOf(t)
  for (const [name, prepare] of [['none', async () => {}], ['stale', leaveStale]] as const) {
    const path = join(folder, name)
    await prepare(path)
    const servers = Array.from({ length: 8 }, (_, at) => createServer((_request, response) => { response.end(String(at)) }))
    t.teardown(() => { for (const server of servers) { server.close(); server.closeAllConnections() } })
    const results = await Promise.allSettled(servers.map((server) => listenOnSocket(server, path, 0o600)))
    const winners = results.flatMap(({ status }, at) => status === 'fulfilled' ? [String(at)] : [])
    t.equal(winners.length, 1, name)
    t.equal(await ask(path), winners[0], name)
    for (const result of results) if (result.status === 'fulfilled') result.value.close()
  }
  t.same(readdirSync(folder), [])
})

// Between a look at what is there and a move over it, another process can put its own there: the two meet at a barrier, many times.
t.test('of two processes that start at the same moment, one gets the socket and the other says so', async (t) => {
  const folder = folderOf(t)
  const { outputFiles: [built] } = buildSync({ entryPoints: ['src/listen-socket.ts'], bundle: true, write: false, platform: 'node', format: 'iife', globalName: 'built', logLevel: 'error' })
  const turns = new SharedArrayBuffer(8)
  const code = `${built?.text ?? ''}
    const { workerData: { folder, rounds, turns, me }, parentPort } = require('node:worker_threads')
    const at = new Int32Array(turns), fs = require('node:fs'), http = require('node:http')
    const meet = (n) => { Atomics.add(at, 0, 1); const end = Date.now() + 20000; while (Atomics.load(at, 0) < n && Date.now() < end); }
    const { listenOnSocket } = built;
    (async () => {
      const won = []
      for (let round = 0; round < rounds; round++) {
        const server = http.createServer(), path = folder + '/' + round
        meet(4 * round + 2)
        await listenOnSocket(server, path, 0o600).then(() => { won.push(round) }, () => {})
        meet(4 * round + 4)
        server.close()
      }
      parentPort.postMessage(won)
    })()`
  const rounds = 400
  for (let round = 0; round < rounds; round++) await leaveStale(join(folder, String(round)))
  const won = await Promise.all([0, 1].map((me) => new Promise<readonly number[]>((resolve, reject) => {
    const worker = new Worker(code, { eval: true, workerData: { folder, rounds, turns, me } })
    t.teardown(() => worker.terminate())
    worker.once('message', resolve).once('error', reject)
  })))
  const winners = Array.from({ length: rounds }, (_, round) => won.flat().filter((each) => each === round).length)
  t.same(winners.flatMap((count, round) => count === 1 ? [] : [`${round}: ${count}`]), [], 'one winner each')
})

const OTHER = process.getuid?.() === 0 ? false : 'only root can be somebody else for a moment'

t.test('another user gets in only where the mode lets them', { skip: OTHER }, async (t) => {
  const folder = folderOf(t)
  chmodSync(folder, 0o755)
  for (const [mode, expected] of [[0o600, 'EACCES'], [0o666, 'connected']] as const) {
    const path = join(folder, 'p.sock')
    const listeners = await start(t, path, mode)
    const script = 'process.setuid(65534);require("net").connect(process.argv[1]).once("connect",()=>{console.log("connected");process.exit()}).once("error",(e)=>{console.log(e.code)})'
    const said = await new Promise<string>((resolve) => {
      execFile(process.execPath, ['-e', script, path], { timeout: 20_000 }, (_error, stdout) => { resolve(stdout.trim()) })
    })
    t.equal(said, expected, mode.toString(8))
    listeners.close()
  }
})

t.test('a user who may write to the folder of the socket, and to none above it, can listen there', { skip: OTHER }, async (t) => {
  const folder = join(folderOf(t), 'own')
  mkdirSync(folder)
  chmodSync(join(folder, '..'), 0o755)
  chownSync(folder, 65534, 65534)
  t.teardown(() => { process.seteuid?.(0) })
  process.seteuid?.(65534)
  const path = join(folder, 'p.sock')
  await start(t, path)
  t.equal(await ask(path), 'here')
  process.seteuid?.(0)
})
