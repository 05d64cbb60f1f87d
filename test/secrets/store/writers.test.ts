// Several writers, and writers that die on the way: the file is always whole.

import { execFileSync, spawn } from 'node:child_process'
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'
import t from 'tap'
import { withLock } from '../../../src/secrets/store/lock.ts'
import { replaceFile, writeNewFile } from '../../../src/secrets/store/replace-file.ts'
import { writing } from '../../../src/secrets/store/write-failure.ts'
import { entry, keyOf, processes, shortFolder, storeIn } from './support.ts'

const WRITER = bundleWriter()

/** writer.ts as one file, which Node starts without a loader. */
function bundleWriter (): string {
  const outfile = join(shortFolder(t), 'writer.mjs')
  buildSync({
    entryPoints: [fileURLToPath(new URL('writer.ts', import.meta.url))], outfile, bundle: true, platform: 'node', format: 'esm',
    external: ['@napi-rs/keyring'], logLevel: 'error'
  })
  return outfile
}

/** Runs writer.ts to its end. @returns Its exit code or signal. */
function runWriter (words: readonly string[], shell = ''): Promise<number | string> {
  return new Promise((resolve) => {
    spawn('sh', ['-c', `${shell} exec "$@"`, 'sh', process.execPath, WRITER, ...words], { stdio: 'ignore', timeout: 30_000, killSignal: 'SIGKILL' })
      .once('exit', (code, signal) => { resolve(code ?? signal ?? 'unknown') })
  })
}

t.test('two processes write at once, and nothing is lost', async (t) => {
  const folder = t.testdir({})
  const store = storeIn(folder)
  await store.write('first', entry('canary'))
  t.same(await Promise.all([runWriter([folder, 'a', '15']), runWriter([folder, 'b', '15']), ...['x', 'y'].map((name) => store.write(name, entry('canary')).then(() => 0))]), [0, 0, 0, 0])
  t.equal((await store.list()).length, 33)
  t.same(readdirSync(join(folder, 'data')), ['secrets.age'])
})

t.test('a writer that is killed on the way leaves the old file, and the next one clears up', { skip: process.platform === 'win32' && 'needs ulimit' }, async (t) => {
  const folder = t.testdir({})
  const store = storeIn(folder)
  await store.write('us', entry('canary'))
  const before = readFileSync(join(folder, 'data', 'secrets.age'))
  // No file may grow beyond a few kilobytes: the system kills who tries, in the middle of the new file.
  t.equal(await runWriter([folder, 'big', '1', '30000'], 'ulimit -c 0; ulimit -f 8;'), 'SIGXFSZ')
  t.match(readdirSync(join(folder, 'data')).sort(), [/^\.secrets\.age\.[0-9a-f]{12}\.tmp$/, 'secrets.age', 'secrets.age.lock'])
  t.same(readFileSync(join(folder, 'data', 'secrets.age')), before)
  t.equal(await keyOf(store, 'us'), 'canary', 'reading needs no lock')

  t.match((await store.write('eu', entry('canary'))).notes, [/^removed the lock that an earlier process left at \S+secrets\.age\.lock$/])
  t.same(readdirSync(join(folder, 'data')), ['secrets.age'])
  t.same((await store.list()).map(({ name }) => name), ['us', 'eu'])
})

t.test('a lock is broken when its process is gone, or is old where nobody can tell', async (t) => {
  const path = join(t.testdir({}), 'lock')
  const work = async (): Promise<string> => 'done'
  const take = (patience = 200): ReturnType<typeof withLock<string>> => withLock(path, 'encrypted file /f', processes, work, patience)
  const refused = { code: 'secret-unreadable', message: 'encrypted file /f is being changed by another process', hint: /remove .*lock$/ }
  const held = (text: string, age: number): void => {
    writeFileSync(path, text)
    utimesSync(path, new Date(), new Date(Date.now() - age))
  }
  held(`${process.pid} ${hostname()} x\n`, 120_000)
  await t.rejects(take(), refused, 'its process runs, however long')
  held('1 another-host x\n', 50_000)
  await t.rejects(take(), refused, 'a process that we cannot see')
  held('', 2000)
  await t.rejects(take(), refused, 'one that is just being made')
  t.ok(existsSync(path), 'what others hold stays')

  for (const [text, age] of [[`999999999 ${hostname()} x\n`, 0], ['1 another-host x\n', 70_000], ['', 6000]] as const) {
    held(text, age)
    t.same(await take(), { result: 'done', broke: true }, JSON.stringify(text))
  }
  t.same(await take(), { result: 'done', broke: false })
  await t.rejects(withLock(path, 'f', processes, async () => { throw new Error('canary') }), /canary/)
  t.notOk(existsSync(path), 'given back, also after a failure')
  await t.rejects(withLock(join(dirname(path), 'none', 'lock'), 'f', processes, work), { code: 'ENOENT' })
})

t.test('waiters that find a lock left behind at the same time never hold it together', async (t) => {
  const path = join(t.testdir({}), 'lock')
  let together = 0
  for (let round = 0; round < 100; round++) {
    writeFileSync(path, `999999999 ${hostname()} ${round}\n`)
    let inside = 0
    const work = async (): Promise<void> => {
      inside++
      if (inside > 1) together++
      await new Promise((resolve) => { setTimeout(resolve, 2) })
      inside--
    }
    await Promise.all(Array.from({ length: 4 }, () => withLock(path, 'f', processes, work)))
  }
  t.equal(together, 0)
  t.same(readdirSync(dirname(path)), [], 'nothing is left beside it')
})

t.test('a lock of an earlier process with our own number is stale: in a container, every process may be number 1', async (t) => {
  const path = join(t.testdir({}), 'lock')
  writeFileSync(path, `${process.pid} ${hostname()} earlier\n`)
  utimesSync(path, new Date(), new Date(Date.now() - 11 * 60_000))
  t.same(await withLock(path, 'f', processes, async () => 'done', 200), { result: 'done', broke: true })
})

t.test('a file that is a link stays one: what it points to is replaced', async (t) => {
  const folder = t.testdir({ real: { secrets: 'old' } })
  symlinkSync(join(folder, 'real', 'secrets'), join(folder, 'secrets'))
  await replaceFile(join(folder, 'secrets'), Buffer.from('new'))
  t.equal(readFileSync(join(folder, 'real', 'secrets'), 'utf8'), 'new')
  t.ok(lstatSync(join(folder, 'secrets')).isSymbolicLink())
})

t.test('a write that fails leaves the old file and nothing beside it', async (t) => {
  const folder = t.testdir({ target: { inside: 'old' } })
  await t.rejects(replaceFile(join(folder, 'target'), Buffer.from('new')), 'a folder cannot be replaced')
  t.same(readdirSync(folder), ['target'])
  await t.rejects(writeNewFile(join(folder, 'target'), 'new'), { code: 'EEXIST' })
  // What the system refuses to take in the middle of writing: a value of the wrong kind stands for a full disk.
  await t.rejects(writeNewFile(join(folder, 'piece'), 7 as unknown as string))
  t.same(readdirSync(folder), ['target'])
  await t.rejects(storeIn(folder, { file: join(folder, 'target', 'inside', 'secrets.age') }).write('us', entry('canary')), { code: 'secret-unreadable', message: /could not be written: (ENOTDIR|EEXIST)$/, hint: /nothing was changed/ })

  for (const [code, words] of [['ENOSPC', 'the disk is full'], ['EROFS', 'the disk is read-only'], ['EACCES', 'this user may not write there'], ['EIO', 'EIO']] as const) {
    await t.rejects(writing('encrypted file /f', () => Promise.reject(Object.assign(new Error('canary'), { code }))), { code: 'secret-unreadable', message: `encrypted file /f could not be written: ${words}` })
  }
  await t.rejects(writing('encrypted file /f', async () => { throw new Error('canary') }), { message: /unknown error$/ })
})

t.test('a program without the optional package keeps keys in the file, and says so', async (t) => {
  // The bundle lies where no node_modules is near.
  const said = execFileSync(process.execPath, [WRITER, t.testdir({}), 'us', '1', '8', 'auto'], { encoding: 'utf8', timeout: 20_000 })
  t.match(said, /^no keychain here \(the optional package @napi-rs\/keyring is not installed or does not fit this system\), so keys are kept in an encrypted file$/m)
})

t.test('a folder that we may not write to is named', { skip: process.getuid?.() === 0 && 'root may write everywhere' }, async (t) => {
  const folder = t.testdir({})
  mkdirSync(join(folder, 'data'), { mode: 0o500 })
  await storeIn(folder, { file: join(folder, 'other', 'secrets.age') }).write('us', entry('canary'))
  await t.rejects(storeIn(folder).write('us', entry('canary')), { code: 'secret-unreadable', message: /this user may not write there/ })
})
