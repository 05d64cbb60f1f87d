import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { armor, Encrypter, generateHybridIdentity, generateX25519Identity, identityToRecipient } from 'age-encryption'
import t from 'tap'
import { Secret } from '../../../src/secrets/secret.ts'
import { encryptWith, entry, keyOf, storeIn } from './support.ts'

/** Writes what `age` would, without the program. */
async function encryptTo (path: string, text: string, identity: string): Promise<Uint8Array> {
  const encrypter = new Encrypter()
  encrypter.addRecipient(await identityToRecipient(identity))
  const bytes = await encrypter.encrypt(text)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, bytes, { mode: 0o600 })
  return bytes
}

t.test('without an identity file and somebody to ask, the error names both ways', async (t) => {
  const folder = t.testdir({})
  const store = storeIn(folder, { identityFile: undefined })
  t.equal(await store.read('us'), undefined, 'what is not there needs no key')
  t.strictSame(await store.list(), [])
  t.strictSame(await store.remove('us'), [])
  const refusal = { code: 'secret-unreadable', message: /no identity file is set, and no passphrase can be asked for, because stdin is not a terminal/, hint: /LANGSMITH_PROXY_STORE_IDENTITY_FILE.*age-keygen -o FILE.*secrets set.*terminal/ }
  await t.rejects(store.write('us', entry('canary')), refusal)
  await t.rejects(storeIn(folder, { identityFile: undefined, askPassphrase: async () => undefined }).write('us', entry('canary')), refusal)
  await t.rejects(storeIn(folder, { identityFile: undefined, askPassphrase: async () => new Secret('') }).write('us', entry('canary')), { code: 'secret-unusable', message: /empty passphrase/ })
  t.strictSame(readdirSync(folder), [], 'nothing was begun')
})

t.test('a file that cannot be opened says exactly why', async (t) => {
  const folder = t.testdir({})
  const file = join(folder, 'data', 'secrets.age')
  const identityFile = join(folder, 'identity.txt')
  const store = storeIn(folder)
  await store.write('us', entry('canary-key'))
  const good = readFileSync(file)
  const own = /^AGE-SECRET-KEY.*/m.exec(readFileSync(identityFile, 'utf8'))?.[0] ?? ''
  const other = await generateX25519Identity()
  const put = (bytes: Uint8Array | string): void => { writeFileSync(file, bytes) }

  const cases: readonly (readonly [name: string, prepare: () => unknown, refusal: Record<string, unknown>])[] = [
    ['empty', () => { put('') }, { code: 'secret-unusable', message: /was not encrypted with age$/ }],
    ['plain text', () => { put('{"secrets":{"us":"canary-key"}}') }, { code: 'secret-unusable', message: /was not encrypted with age$/ }],
    ['cut in its head', () => { put(good.subarray(0, 60)) }, { code: 'secret-unusable', message: /is cut off or damaged$/ }],
    ['cut at its end', () => { put(good.subarray(0, -1)) }, { code: 'secret-unusable', message: /is cut off or damaged$/ }],
    ['a bit changed', () => { put(good.with(-20, (good.at(-20) ?? 0) ^ 1)) }, { code: 'secret-unusable', message: /is cut off or damaged$/ }],
    ['a bit of the head changed', () => { put(good.with(80, good[80] === 65 ? 66 : 65)) }, { code: /secret-un(usable|readable)/ }],
    ['cut armor', () => { put(armor.encode(good).slice(0, -40)) }, { code: 'secret-unusable', message: /is cut off or damaged$/ }],
    ['for another identity', () => encryptTo(file, '{}', other), { code: 'secret-unreadable', message: /^age identity file \S+identity\.txt does not open encrypted file \S+$/, hint: /LANGSMITH_PROXY_STORE_IDENTITY_FILE/ }],
    ['text inside', () => encryptTo(file, 'canary-key', own), { code: 'secret-unusable', message: /it is not JSON$/ }],
    ['a list inside', () => encryptTo(file, '[]', own), { code: 'secret-unusable', message: /not a group of fields$/ }],
    ['no secrets inside', () => encryptTo(file, '{"version":1,"secrets":["canary-key"]}', own), { code: 'secret-unusable', message: /it has no secrets$/, hint: `move the file away (mv ${file} ${file}.old), then store every key again` }],
    ['a later version', () => encryptTo(file, '{"version":2}', own), { code: 'secret-unusable', message: /newer version/ }],
    ['a broken entry', () => encryptTo(file, '{"secrets":{"us":"canary-key"}}', own), { code: 'secret-unusable', message: /^stored secret us in the encrypted file \S+ is broken inside/, hint: 'run langsmith-proxy secrets remove us, then langsmith-proxy secrets set us' }],
    ['too large', () => { truncateSync(file, 1_048_577) }, { code: 'secret-unusable', message: /larger than 1 MiB/ }]
  ]
  for (const [name, prepare, refusal] of cases) {
    await prepare()
    const error: unknown = await store.read('us').then(() => undefined, (error: unknown) => error)
    t.match(error, refusal, name)
    t.notMatch(String(error), /canary/)
  }
  put(good)
  t.equal(await keyOf(store, 'us'), 'canary-key')

  await t.rejects(storeIn(folder, { identityFile: undefined }).read('us'), { code: 'secret-unreadable', message: /encrypted for an age identity, and none is set/, hint: /LANGSMITH_PROXY_STORE_IDENTITY_FILE/ })
  const elsewhere = storeIn(folder, { identityFile: join(folder, 'none.txt') })
  await t.rejects(elsewhere.read('us'), { code: 'secret-unreadable', message: /none\.txt, which opens .* does not exist/ })
  await t.rejects(elsewhere.write('eu', entry('canary')), { code: 'secret-unreadable' }, 'a new identity would not open it either')
  t.notOk(existsSync(join(folder, 'none.txt')))
})

t.test('an identity file that is no such thing is refused with the line', async (t) => {
  const folder = t.testdir({})
  const file = join(folder, 'identity.txt')
  const identity = await generateX25519Identity()
  const store = storeIn(folder)
  const cases: readonly (readonly [text: string, message: RegExp])[] = [
    ['', /holds no identity$/],
    ['# public key: age1\n\n', /holds no identity$/],
    [`# comment\n${identity.slice(0, -1)}${identity.endsWith('X') ? 'Z' : 'X'}\n`, /^line 2 of age identity file \S+ is not an age identity$/],
    [`${identity}\nage1canary\n`, /^line 2 of/]
  ]
  for (const [text, message] of cases) {
    writeFileSync(file, text, { mode: 0o600 })
    await t.rejects(store.write('us', entry('canary')), { code: 'secret-unusable', message, cause: undefined })
  }
  t.notOk(existsSync(join(folder, 'data', 'secrets.age')))
})

t.test('a file of ours that others can open is refused, and so is an identity', { skip: process.getuid === undefined && 'needs file modes' }, async (t) => {
  const folder = t.testdir({})
  const store = storeIn(folder)
  await store.write('us', entry('canary'))
  for (const path of [join(folder, 'data', 'secrets.age'), join(folder, 'identity.txt')]) {
    chmodSync(path, 0o640)
    await t.rejects(store.read('us'), { code: 'secret-exposed', message: /^other users of this machine can open (encrypted|age identity) file/, hint: `run chmod 600 ${path}, or set secrets.allowLooseFileModes if its mode cannot be changed` })
    t.equal(await keyOf(storeIn(folder, { allowLooseFileModes: true }), 'us'), 'canary', 'unless asked for by name')
    chmodSync(path, 0o600)
  }
  const inTheWay = storeIn(folder, { file: folder })
  await t.rejects(inTheWay.read('us'), { code: 'secret-unreadable', message: /is a folder or device/ })
  await t.rejects(storeIn(folder, { file: join(folder, 'x'.repeat(300)) }).read('us'), { code: 'secret-unreadable', message: /too long/ })
})

t.test('the first write makes the identity and the file, for our eyes only', async (t) => {
  const folder = t.testdir({})
  const identityFile = join(folder, 'usb', 'identity.txt')
  const store = storeIn(folder, { identityFile, now: () => Date.UTC(2026, 10, 21) })
  const file = join(folder, 'data', 'secrets.age')
  await t.rejects(store.write('us', entry('canary-1')), { code: 'secret-unreadable', message: `folder ${folder}/usb is not there, so age identity file ${identityFile} cannot be made`, hint: /^mount it, or make it first/ }, 'a disk that is not mounted')
  mkdirSync(join(folder, 'usb'))
  t.same(await store.write('us', entry('canary-1')), { place: `encrypted file ${file}`, notes: [`made age identity file ${identityFile}; without it the stored keys cannot be opened`] })
  t.match(readFileSync(identityFile, 'utf8'), /^# created: 2026-11-21T00:00:00\.000Z\n# public key: age1[0-9a-z]{58}\nAGE-SECRET-KEY-1[0-9A-Z]{58}\n$/)
  t.same(await store.write('eu', entry('canary-2', { region: 'eu' })), { place: `encrypted file ${file}`, notes: [] })
  t.same((await store.write('us', entry('canary-3'))).notes, [])
  if (process.getuid !== undefined) {
    const modes = [file, join(folder, 'data'), identityFile].map((path) => (statSync(path).mode & 0o777).toString(8))
    t.same(modes, ['600', '700', '600'])
  }
  t.same(readdirSync(join(folder, 'data')), ['secrets.age'], 'no lock and no piece stays')
  t.notMatch(readFileSync(file, 'latin1'), /canary/)
  t.equal(await keyOf(store, 'us'), 'canary-3')
  t.match(await store.list(), [{ name: 'us', place: /^encrypted file/ }, { name: 'eu', entry: { region: 'eu' } }])

  t.same(await store.remove('us'), [`encrypted file ${file}`])
  t.same(await store.remove('us'), [])
  t.equal(await keyOf(store, 'eu'), 'canary-2')
  t.same(await store.remove('eu'), [`encrypted file ${file}`])
  t.notOk(existsSync(file), 'the last entry takes the file with it')
})

t.test('what a later version put into the file stays in it', async (t) => {
  const folder = t.testdir({})
  const file = join(folder, 'data', 'secrets.age')
  const identities = [await generateX25519Identity(), await generateHybridIdentity()]
  writeFileSync(join(folder, 'identity.txt'), `# two\r\n\r\n${identities.join('\r\n')}\r\n`, { mode: 0o600 })
  const bytes = await encryptTo(file, '{"version":1,"later":[1],"secrets":{"x":{"later":true,"apiKey":"canary","storedAt":"now"}}}', identities[1] ?? '')
  writeFileSync(file, ` \n${armor.encode(bytes)}`)
  const store = storeIn(folder)
  t.equal(await keyOf(store, 'x'), 'canary', 'armored, and for the second of two identities')
  await store.write('us', entry('canary-us'))
  for (const identity of identities) {
    const { Decrypter } = await import('age-encryption')
    const decrypter = new Decrypter()
    decrypter.addIdentity(identity)
    const whole = JSON.parse(await decrypter.decrypt(readFileSync(file), 'text')) as Record<string, unknown>
    t.match(whole, { version: 1, later: [1], secrets: { x: { later: true, apiKey: 'canary' }, us: { apiKey: 'canary-us' } } })
  }
})

t.test('a passphrase is asked for once, and opens the file in another process', async (t) => {
  const folder = t.testdir({})
  const asked: string[] = []
  const asking = (answer: string): ReturnType<typeof storeIn> => storeIn(folder, {
    identityFile: undefined,
    async askPassphrase (purpose) {
      asked.push(purpose)
      return new Secret(answer)
    }
  })
  const first = asking('canary phrase')
  await first.write('us', entry('canary-key', { workspaceId: 'w' }))
  const began = performance.now()
  t.equal(await keyOf(first, 'us'), 'canary-key')
  const opening = performance.now() - began
  t.same(asked, ['new'])

  const second = asking('canary phrase')
  t.same(await Promise.all([keyOf(second, 'us'), keyOf(second, 'us'), second.list().then((list) => list.length)]), ['canary-key', 'canary-key', 1])
  t.same(asked, ['new', 'open'])
  const again = performance.now()
  for (let index = 0; index < 20; index++) await second.read('us')
  t.ok(performance.now() - again < opening * 2, 'an unchanged file is not worked on again')

  await t.rejects(storeIn(folder).read('us'), { code: 'secret-unreadable', message: /encrypted with a passphrase, so the identity file cannot open it/, hint: /LANGSMITH_PROXY_STORE_IDENTITY_FILE.*; to use the identity from now on, move the file away/ })
  await t.rejects(storeIn(folder, { identityFile: undefined }).read('us'), { code: 'secret-unreadable', message: /stdin is not a terminal/ })
})

t.test('a wrong passphrase is asked for again, three times in all and only at the beginning', async (t) => {
  const folder = t.testdir({})
  const file = join(folder, 'data', 'secrets.age')
  const asked: string[] = []
  const asking = (...answers: string[]): ReturnType<typeof storeIn> => storeIn(folder, {
    identityFile: undefined,
    async askPassphrase (purpose) {
      asked.push(purpose)
      return new Secret(answers.shift() ?? 'nothing left')
    }
  })
  await encryptWith(file, 'canary phrase')
  const never = asking('slip 1', 'slip 2', 'slip 3', 'canary phrase')
  const wrong = { code: 'secret-unreadable', message: /^the passphrase does not open encrypted file/, hint: /if that is forgotten, move the file away \(mv / }
  await Promise.all([t.rejects(never.read('us'), wrong), t.rejects(never.list(), wrong)])
  await t.rejects(never.read('us'), wrong)
  t.same(asked, ['open', 'again', 'again'], 'reads at the same time ask together')

  asked.length = 0
  const third = asking('slip 1', 'slip 2', 'canary phrase', 'another phrase')
  t.same(await Promise.all([keyOf(third, 'us'), keyOf(third, 'us')]), ['canary-key', 'canary-key'])
  t.same(asked, ['open', 'again', 'again'])

  await encryptWith(file, 'another phrase')
  asked.length = 0
  await t.rejects(third.read('us'), wrong, 'a proxy that runs does not ask in the middle of its log')
  t.same(asked, [])
})
