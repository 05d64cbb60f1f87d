// The clients file: what is wrong with it is told with its line and without a value, and two writers lose nothing.

import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import t from 'tap'
import { parse } from 'yaml'
import { makeClientKey } from '../../../src/access/clients/client-key.ts'
import type { ClientList } from '../../../src/access/clients/client.ts'
import { changeClients, clientsReader, readClients } from '../../../src/access/clients/clients-file.ts'
import { clientsText, parseClients } from '../../../src/access/clients/clients-text.ts'
import { ProxyError } from '../../../src/errors.ts'
import { clientOf, ROLES } from './support.ts'

const HASH = 'ab'.repeat(32)
const PROCESSES = { ownPid: process.pid, isRunning: () => true }
const GOOD = `clients:
  ana:
    role: read-only
    created: 2026-01-31T12:00:00Z
    keys: [{ sha256: "${HASH}" }]
`

function optionsFor (file: string): Parameters<typeof changeClients>[0] {
  return { file, roles: ROLES, uid: process.getuid?.(), allowLooseFileModes: false, processes: PROCESSES }
}

function manyClients (count: number): ClientList {
  return new Map(Array.from({ length: count }, (_, at) => `client-${String(at)}`).map((name) => [name, clientOf(name, name)]))
}

const MISTAKES: Readonly<Record<string, { readonly text: string, readonly says: readonly RegExp[] }>> = {
  'an empty file': { text: '', says: [/clients\.yaml:1 clients: is missing/] },
  'a head and nothing else': { text: '# comment\nclients:\n', says: [/clients: must be a group of clients by name/] },
  'no routes, which are not all routes': { text: GOOD.replace('    keys', '    routes:\n    keys'), says: [/clients\.yaml:5 clients\.ana\.routes: must be a list of prefixes/] },
  'no end, which is not for ever': { text: GOOD.replace('    keys', '    expires:\n    keys'), says: [/clients\.yaml:5 clients\.ana\.expires: must be a time/] },
  'no YAML': { text: 'clients: [', says: [/clients\.yaml:1/] },
  'half a file': { text: GOOD.slice(0, 60), says: [/clients\.yaml/] },
  'a client twice': { text: GOOD + GOOD.slice(GOOD.indexOf('  ana')), says: [/clients\.yaml:6.* set twice/] },
  'a slip in a name': { text: GOOD.replace('role:', 'rôle:'), says: [/there is no such setting/, /role: is missing/] },
  'a slip in the name of a setting': { text: GOOD.replace('created:', 'creatd:'), says: [/clients\.yaml:4 clients\.ana\.creatd: there is no such setting; did you mean created/, /created: is missing/] },
  'a role that is not there': { text: GOOD.replace('read-only', 'readonly'), says: [/clients\.yaml:3 clients\.ana\.role: there is no role of this name; did you mean read-only\?/] },
  'a name in capitals': { text: GOOD.replace('ana', 'Ana'), says: [/clients\.yaml:2 clients\.Ana: the name of a client has small letters/] },
  'a time that is none': { text: GOOD.replace('2026-01-31', '2026-13-31'), says: [/clients\.yaml:4 clients\.ana\.created: must be a time that there is/] },
  'a day that no month has': { text: GOOD.replace('2026-01-31', '2027-02-30'), says: [/clients\.yaml:4 clients\.ana\.created: must be a time that there is/] },
  'an hour too many': { text: GOOD.replace('12:00:00Z', '24:00:00Z'), says: [/clients\.yaml:4 clients\.ana\.created: must be a time that there is/] },
  'a time without zone': { text: GOOD.replace('00Z', '00'), says: [/clients\.yaml:4 .*must be a time in UTC/] },
  'a hash that is too short': { text: GOOD.replace(HASH, HASH.slice(2)), says: [/clients\.yaml:5 clients\.ana\.keys\[0\]\.sha256: must be a SHA-256 hash/] },
  'no key': { text: GOOD.replace(/keys: .*/, 'keys: []'), says: [/clients\.yaml:5 clients\.ana\.keys: must be a list of one key, or two/] },
  'a prefix without slash': { text: GOOD.replace('    keys', '    routes: [eu]\n    keys'), says: [/clients\.yaml:5 clients\.ana\.routes\[0\]: must be the prefix/] },
  'a key instead of its hash': { text: GOOD.replace(`sha256: "${HASH}"`, `sha256: ${makeClientKey('ana')}`), says: [/must be a SHA-256 hash/] },
  'several mistakes': { text: GOOD.replace('read-only', 'x').replace('12:00:00Z', '99:00:00Z'), says: [/2 mistakes in the settings/, /:3 /, /:4 /] }
}

for (const [title, { text, says }] of Object.entries(MISTAKES)) {
  t.test(`${title} is told with its line, and no value`, async (t) => {
    let said = ''
    try {
      parseClients(text, '/etc/x/clients.yaml', ROLES)
    } catch (error) {
      t.ok(error instanceof ProxyError && error.code === 'config-invalid')
      said = error instanceof ProxyError ? error.message : ''
      t.notMatch(inspect(error, { depth: Infinity }), /abababab|lsp_ana_[0-9A-Za-z]{8}/)
    }
    for (const pattern of says) t.match(said, pattern)
  })
}

t.test('what is written reads the same, is for its owner only, and has nothing but names, times and hashes', async (t) => {
  const file = join(t.testdir(), 'folder', 'clients.yaml')
  const key = makeClientKey('ana')
  const ana = clientOf('ana', key, { role: 'read-only', routes: ['/', '/eu'], expires: Date.UTC(2027, 0, 1), until: Date.UTC(2026, 11, 1) })
  await changeClients(optionsFor(file), () => ({ clients: new Map([['ana', ana]]), result: undefined }))
  t.equal(statSync(file).mode & 0o777, 0o600)
  const text = readFileSync(file, 'utf8')
  t.match(text, /^# Written by "langsmith-proxy clients", which does not keep comments\./)
  t.notMatch(text, new RegExp(key.slice(-49, -41)))
  const again = await readClients(optionsFor(file))
  t.match(again?.get('ana'), { name: 'ana', role: { name: 'read-only' }, routes: ['/', '/eu'], created: Date.UTC(2026, 0, 31), expires: Date.UTC(2027, 0, 1), keys: [{ until: Date.UTC(2026, 11, 1) }] })
  t.equal(again?.get('ana')?.keys[0]?.hash.toHex(), ana.keys[0]?.hash.toHex())
  t.strictSame(readdirSync(join(file, '..')), ['clients.yaml'], 'nothing is left beside it')
  t.equal(clientsText(again ?? new Map()), text)
})

t.test('what the commands wrote is told with its line, too, where it does not fit the config any more', async (t) => {
  const text = clientsText(new Map(['ana', 'bo'].map((name) => [name, clientOf(name, makeClientKey(name))])))
  const without = { named: () => undefined, names: ['other'] }
  t.throws(() => parseClients(text, '/x/clients.yaml', without), { code: 'config-invalid', message: /:4 clients\.ana\.role: there is no role of this name.*:5 clients\.bo\.role: /s })
})

t.test('names and prefixes that mean something to YAML, and times to the millisecond, survive', async (t) => {
  for (const name of ['null', 'true', 'y', 'no', 'e3']) {
    const one = { ...clientOf(name, makeClientKey(name), { routes: ['/a"b', '/#x: {y}', '/\u2028\u00e4'] }), expires: undefined }
    const text = clientsText(new Map([[name, one]]))
    const bySpeed = parseClients(text, '/x/clients.yaml', ROLES)
    const byYaml = parseClients(`${text}# not as it was written\n`, '/x/clients.yaml', ROLES)
    for (const list of [bySpeed, byYaml]) t.same([...list.values()].map(({ name, routes }) => [name, routes]), [[name, one.routes]])
  }
})

// Any other text than the command's own goes to the YAML parser, which finds a name that is there twice.
t.test('a client twice is found in what the commands wrote, too', async (t) => {
  const text = clientsText(new Map([['ana', clientOf('ana', makeClientKey('ana'))]]))
  t.throws(() => parseClients(text + (text.split('\n').at(-2) ?? ''), '/x/clients.yaml', ROLES), { code: 'config-invalid', message: /:5.* set twice/ })
})

// A parse of YAML took a fifth of a millisecond a client, in which the proxy served nobody.
t.test('reading a long file takes a small part of what a YAML parser needs', async (t) => {
  const text = clientsText(manyClients(2000))
  const took = (work: () => unknown): number => {
    const times = Array.from({ length: 3 }, () => {
      const start = performance.now()
      work()
      return performance.now() - start
    })
    return Math.min(...times)
  }
  const [ours, yaml] = [took(() => parseClients(text, '/x/clients.yaml', ROLES)), took(() => { parse(text) })]
  t.comment(`${ours.toFixed(1)} ms, YAML ${yaml.toFixed(1)} ms`)
  t.ok(ours < yaml / 3)
})

t.test('a file that has not changed is not parsed again', async (t) => {
  const file = join(t.testdir(), 'clients.yaml')
  await changeClients(optionsFor(file), () => ({ clients: manyClients(3), result: undefined }))
  const read = clientsReader(optionsFor(file))
  const first = await read()
  t.equal(first?.size, 3)
  t.equal(await read(), first, 'the very same list')
  await changeClients(optionsFor(file), () => ({ clients: manyClients(2), result: undefined }))
  t.equal((await read())?.size, 2)
  chmodSync(file, 0o644)
  await t.rejects(read(), { code: 'secret-exposed' }, 'who can open it is looked at each time')
})

// "clients add" wrote on beyond what is read, and then neither the proxy nor "clients revoke" could read it.
t.test('more clients than are read are not written, and the file stays as it is', async (t) => {
  const file = join(t.testdir(), 'clients.yaml')
  await changeClients(optionsFor(file), () => ({ clients: manyClients(6000), result: undefined }))
  const before = readFileSync(file)
  await t.rejects(changeClients(optionsFor(file), () => ({ clients: manyClients(8000), result: undefined })), { code: 'secret-unusable', message: /clients file .* would be larger than 1 MiB.*nothing was changed/, hint: /clients revoke/ })
  t.ok(before.equals(readFileSync(file)))
  t.equal((await readClients(optionsFor(file)))?.size, 6000)
  await changeClients(optionsFor(file), (clients) => ({ clients: new Map([...clients].slice(1)), result: undefined }))
})

// The link was replaced by a file: what it points to, on a disk that is not mounted, would have been there again one day.
t.test('a link to nothing is told, for reading and for writing, and stays', async (t) => {
  const folder = t.testdir()
  const file = join(folder, 'clients.yaml')
  symlinkSync(join(folder, 'not-mounted/clients.yaml'), file)
  for (const work of [() => readClients(optionsFor(file)), () => changeClients(optionsFor(file), () => ({ clients: manyClients(1), result: undefined }))]) {
    await t.rejects(work(), { code: 'secret-unreadable', message: /clients file .* is a link to a file that is not there/, hint: /link/ })
  }
  t.ok(lstatSync(file).isSymbolicLink())
  t.strictSame(readdirSync(folder), ['clients.yaml'])
})

t.test('fifty changes at once all arrive', async (t) => {
  const file = join(t.testdir(), 'clients.yaml')
  const names = Array.from({ length: 50 }, (_, at) => `client-${at}`)
  await Promise.all(names.map((name) => changeClients(optionsFor(file), (clients) => ({ clients: new Map([...clients, [name, clientOf(name, makeClientKey(name))]]), result: undefined }))))
  t.strictSame([...(await readClients(optionsFor(file)))?.keys() ?? []].sort(), [...names].sort())
  t.notOk(existsSync(`${file}.lock`))
})

t.test('a file with a mistake is not written over', async (t) => {
  const folder = t.testdir({ 'clients.yaml': 'clients: 1\n' })
  const file = join(folder, 'clients.yaml')
  chmodSync(file, 0o600)
  await t.rejects(changeClients(optionsFor(file), (clients) => ({ clients, result: undefined })), { code: 'config-invalid' })
  t.equal(readFileSync(file, 'utf8'), 'clients: 1\n')
  t.strictSame(readdirSync(folder), ['clients.yaml'])
})

t.test('a file that others can open is refused, unless the config accepts that', async (t) => {
  const file = join(t.testdir({ 'clients.yaml': GOOD }), 'clients.yaml')
  chmodSync(file, 0o640)
  await t.rejects(readClients(optionsFor(file)), { code: 'secret-exposed', hint: /chmod 600/ })
  t.equal((await readClients({ ...optionsFor(file), allowLooseFileModes: true }))?.size, 1)
})

t.test('a link stays a link, a folder is told, and a file that is not there is an empty list', async (t) => {
  const folder = t.testdir()
  t.equal(await readClients(optionsFor(join(folder, 'none.yaml'))), undefined)
  await t.rejects(readClients(optionsFor(folder)), { code: 'secret-unreadable' })
  mkdirSync(join(folder, 'real'))
  writeFileSync(join(folder, 'real/clients.yaml'), GOOD, { mode: 0o600 })
  symlinkSync(join(folder, 'real/clients.yaml'), join(folder, 'clients.yaml'))
  await changeClients(optionsFor(join(folder, 'clients.yaml')), () => ({ clients: new Map(), result: undefined }))
  t.ok(lstatSync(join(folder, 'clients.yaml')).isSymbolicLink())
  t.match(readFileSync(join(folder, 'real/clients.yaml'), 'utf8'), /clients: \{\}/)
})

t.test('the file keeps its owner, so that a proxy of another user can still read it', { skip: process.getuid?.() === 0 ? false : 'only root can write for somebody else' }, async (t) => {
  const file = join(t.testdir({ 'clients.yaml': GOOD }), 'clients.yaml')
  chmodSync(file, 0o600)
  chownSync(file, 65534, 65534)
  await changeClients({ ...optionsFor(file), uid: 65534 }, () => ({ clients: new Map(), result: undefined }))
  const { uid, gid, mode } = statSync(file)
  t.same([uid, gid, mode & 0o777], [65534, 65534, 0o600])
})
