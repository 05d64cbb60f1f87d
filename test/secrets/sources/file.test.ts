import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { isNotThere, shellQuoted, unreadable } from '../../../src/secrets/file-failure.ts'
import { createFileSource } from '../../../src/secrets/sources/file.ts'
import { referenceTo, testSourceContract } from '../source-contract.ts'

const uid = process.getuid?.()
const source = createFileSource({ uid, allowLooseFileModes: false })
const read = async (path: string, from = source): Promise<string | undefined> => (await from.read(referenceTo('file', path)))?.text

const folder = t.testdir({})
let count = 0
testSourceContract(t, {
  source,
  absent: referenceTo('file', join(folder, 'absent')),
  store: (text) => {
    const path = join(folder, `stored-${count++}`)
    writeFileSync(path, text, { mode: 0o600 })
    return Promise.resolve(referenceTo('file', path))
  }
})

t.test('a file of ours that others can open is refused, with the command that closes it', async (t) => {
  const folder = t.testdir({ key: 'canary', 'it\'s': 'canary' })
  const path = join(folder, 'key')
  for (const mode of [0o640, 0o604, 0o622, 0o666, 0o610]) {
    chmodSync(path, mode)
    await t.rejects(read(path), { code: 'secret-exposed', hint: `run chmod 600 ${path}, or set secrets.allowLooseFileModes if its mode cannot be changed` })
  }
  chmodSync(join(folder, 'it\'s'), 0o644)
  // The command is made to be pasted into a shell.
  await t.rejects(read(join(folder, 'it\'s')), { code: 'secret-exposed', hint: /run chmod 600 '\S+it'\\''s'/ })
  const loose = createFileSource({ uid, allowLooseFileModes: true })
  t.equal(await read(path, loose), 'canary', 'unless asked for by name')
  t.equal(await read(path, createFileSource({ uid: (uid ?? 0) + 1, allowLooseFileModes: false })), 'canary', 'a file of another owner is how mounts arrive')
  t.equal(await read(path, createFileSource({ uid: undefined, allowLooseFileModes: false })), 'canary', 'a system without users has no such modes')
  chmodSync(path, 0o400)
  t.equal(await read(path), 'canary')
})

t.test('a Kubernetes mount is a chain of links; what counts is the file at its end', async (t) => {
  const folder = t.testdir({ '..2026': { key: 'canary' } })
  const target = join(folder, '..2026', 'key')
  symlinkSync('..2026', join(folder, '..data'))
  symlinkSync(join('..data', 'key'), join(folder, 'key'))
  chmodSync(target, 0o600)
  t.equal(await read(join(folder, 'key')), 'canary')
  chmodSync(target, 0o644)
  await t.rejects(read(join(folder, 'key')), { code: 'secret-exposed' })
  symlinkSync('nowhere', join(folder, 'dangling'))
  t.equal(await read(join(folder, 'dangling')), undefined, 'a link to nothing is nothing')
  symlinkSync('circle', join(folder, 'circle'))
  await t.rejects(read(join(folder, 'circle')), { code: 'secret-unreadable', message: /leads back to itself/ })
})

t.test('what is not an ordinary small text file is refused by name', async (t) => {
  const folder = t.testdir({})
  const path = (name: string): string => join(folder, name)
  mkdirSync(path('folder'))
  execFileSync('mkfifo', [path('fifo')])
  writeFileSync(path('large'), 'x'.repeat(65_537), { mode: 0o600 })
  writeFileSync(path('utf16'), Buffer.from('\ufeffcanary', 'utf16le'), { mode: 0o600 })
  writeFileSync(path('full'), 'x'.repeat(65_536), { mode: 0o600 })

  await t.rejects(read(path('folder')), { code: 'secret-unreadable', message: /is a folder/ })
  await t.rejects(read(path('fifo')), { code: 'secret-unreadable', message: /pipe or device/ }, 'and nobody waits for a writer')
  await t.rejects(read('/dev/null'), { code: 'secret-unreadable', message: /pipe or device/ })
  await t.rejects(read(path('large')), { code: 'secret-unusable', message: /larger than 64 KiB/ })
  await t.rejects(read(path('utf16')), { code: 'secret-unusable', message: /UTF-16/, hint: /PowerShell/ })
  await t.rejects(read(path('x'.repeat(300))), { code: 'secret-unreadable' })
  t.equal((await read(path('full')))?.length, 65_536)
  // A file that opens and then fails: nothing is mapped at the start of a process's memory.
  if (process.platform === 'linux') await t.rejects(read('/proc/self/mem'), { code: 'secret-unreadable', message: /could not be read/ })
  t.equal(await read(join(path('full'), 'below')), undefined, 'a file is no folder, so there is nothing below it')
})

t.test('no file stays open, whether it was read or refused', { skip: process.platform !== 'linux' && 'needs /proc' }, async (t) => {
  const folder = t.testdir({ good: 'canary', bad: 'canary' })
  chmodSync(join(folder, 'good'), 0o600)
  chmodSync(join(folder, 'bad'), 0o644)
  await read(join(folder, 'good'))
  await t.rejects(read(join(folder, 'bad')))
  const open = readdirSync('/proc/self/fd').filter((fd) => existsSync(`/proc/self/fd/${fd}`)).map((fd) => readlinkSync(`/proc/self/fd/${fd}`))
  t.same(open.filter((path) => path.startsWith(folder)), [])
})

t.test('a file that the system will not let us open says so', async (t) => {
  const reference = referenceTo('file', '/run/secrets/key')
  const failure = (code: string): Error => Object.assign(new Error('canary'), { code })
  for (const [code, words] of [['EACCES', /may not be read/], ['EPERM', /may not be read/], ['ENXIO', /is a socket/], ['EIO', /could not be opened \(EIO\)/]] as const) {
    t.notOk(isNotThere(failure(code)), code)
    t.match(unreadable(reference, failure(code)), { code: 'secret-unreadable', message: words })
  }
  for (const code of ['EMFILE', 'ENFILE']) {
    t.match(unreadable(reference, failure(code)), { code: 'secret-unreadable', message: /no file descriptor left/, hint: /raise the limit.*nothing is wrong with the file/ })
  }
  t.match(unreadable(reference, 'canary').message, /could not be opened \(unknown error\)/)
  t.ok(isNotThere(failure('ENOENT')))
  t.equal(shellQuoted('/a b/$(x)'), '\'/a b/$(x)\'')
})
