import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { Secret } from '../../../src/secrets/secret.ts'
import { openKeychain } from '../../../src/secrets/store/keychain.ts'
import type { StorePlace } from '../../../src/secrets/store/store.ts'
import { createTurns } from '../../../src/secrets/store/turns.ts'
import { leaveRealSession, startSession } from './session.ts'
import { busTalks } from '../../../src/secrets/store/session-bus.ts'
import { entry, keyOf, needs, shortFolder, storeIn } from './support.ts'

const skip = process.platform !== 'linux' ? 'needs a keychain that is not the user\'s: Linux' : needs('dbus-daemon', 'dbus-send', 'gnome-keyring-daemon') && 'needs gnome-keyring (apt-get install gnome-keyring dbus)'
const noTool = skip || (needs('secret-tool') && 'needs secret-tool (apt-get install libsecret-tools)')
const KEY = 'canary-key-0123456789'
const bus = leaveRealSession(t)

async function opened (): Promise<StorePlace> {
  const keychain = await openKeychain(undefined, { read: 2000, change: 2000 })
  if ('missing' in keychain) throw new Error(keychain.missing)
  return keychain.place
}

t.test('where no Secret Service answers there is no keychain', { skip }, async (t) => {
  t.same(await openKeychain(), { missing: 'no Secret Service answers on the session bus' }, 'no bus')
  await startSession(t, bus)
  t.same(await openKeychain(), { missing: 'no Secret Service answers on the session bus' }, 'a bus without one')
})

t.test('a bus that takes connections and says nothing does not stop the program', async (t) => {
  const path = join(shortFolder(t), 'silent')
  const silent = createServer(() => {}).listen(path)
  t.teardown(() => { silent.close() })
  await once(silent, 'listening')
  const uid = process.getuid?.() ?? 0
  t.equal(await busTalks(`unix:path=${path.replace('silent', 'sil%65nt')},guid=00`, uid, 200), false)
  t.equal(await busTalks(`unix:path=${path}-none`, uid), false, 'no bus')
  t.equal(await busTalks('tcp:host=127.0.0.1,port=1', uid), true, 'others are not tried')
  t.same(await openKeychain({ address: `unix:path=${path}`, uid }), { missing: 'no Secret Service answers on the session bus' })
})

t.test('a bus that talks is known by it', { skip }, async (t) => {
  await startSession(t, bus)
  t.equal(await busTalks(`unix:path=${bus}`, process.getuid?.() ?? 0), true)
})

t.test('an entry is written, read, listed and removed', { skip }, async (t) => {
  const session = await startSession(t, bus)
  await session.startKeyring('pw')
  const place = await opened()
  t.equal(place.name, 'keychain of this system')
  t.equal(await place.read('us'), undefined)
  t.equal(await place.remove('us'), false)
  t.same(await place.write('us', entry('canary-old')), { isNew: false, notes: [] })
  await place.write('us', entry(KEY, { workspaceId: 'workspace', region: 'us' }))
  await place.write('eu', entry('höher'))
  t.match(await place.read('us'), { workspaceId: 'workspace', region: 'us', endpoint: undefined })
  t.equal((await place.read('us'))?.apiKey.reveal(), KEY)
  const listed = await place.list()
  t.same(listed.map(({ name }) => name).sort(), ['eu', 'us'])
  t.ok(listed.find(({ name }) => name === 'eu')?.entry.apiKey.equals(new Secret('höher')))
  t.equal(await place.remove('us'), true)
  t.equal(await place.read('us'), undefined)
})

t.test('people find the entries under our name with their own tools', { skip: noTool }, async (t) => {
  const session = await startSession(t, bus)
  await session.startKeyring('pw')
  const place = await opened()
  await place.write('us', entry(KEY))
  const tool = (words: readonly string[], input = ''): string => spawnSync('secret-tool', words, { env: session.env, input, encoding: 'utf8', timeout: 10_000 }).stdout
  t.match(tool(['lookup', 'service', 'langsmith-proxy', 'username', 'us']), KEY)
  tool(['clear', 'service', 'langsmith-proxy', 'username', 'us'])
  t.equal(await place.read('us'), undefined)
  await place.write('us', entry(KEY))
  t.equal((await place.read('us'))?.apiKey.reveal(), KEY)
})

t.test('a locked keychain says so; nothing is quoted', { skip }, async (t) => {
  const session = await startSession(t, bus)
  const unlocked = await session.startKeyring('pw')
  await (await opened()).write('us', entry(KEY))
  const gone = new Promise((resolve) => unlocked.once('exit', resolve))
  unlocked.kill('SIGTERM')
  await gone
  await session.startKeyring()
  const place = await opened()
  const locked = { code: 'secret-unreadable', message: 'the keychain is locked', hint: /^unlock it/, cause: undefined }
  await t.rejects(place.read('us'), locked)
  await t.rejects(place.write('us', entry(KEY)), locked)
  await t.rejects(place.remove('us'), locked)
  await t.rejects(place.list(), locked)

  const folder = t.testdir({})
  await t.rejects(storeIn(folder, { kind: 'keychain' }).write('us', entry(KEY)), locked)
  const store = storeIn(folder, { kind: 'auto' })
  await t.rejects(store.read('us'), locked, 'it may be in there')
  const { place: kept, notes } = await store.write('us', entry('canary-file'))
  t.match(kept, /^encrypted file/)
  t.match(notes, [/^the keychain is locked, so the key is in an encrypted file; an older "us" in the keychain would be read first once it works$/, /^made age identity file/])
  t.equal(await keyOf(store, 'us'), 'canary-file')
  await t.rejects(store.list(), locked, 'half a list would look like a whole one')
})

t.test('a keychain that does not answer costs its time limit, not for ever, and one call at most', { skip }, async (t) => {
  const session = await startSession(t, bus)
  const keyring = await session.startKeyring('pw')
  const keychain = await openKeychain(undefined, { read: 300, change: 300 })
  if ('missing' in keychain) throw new Error(keychain.missing)
  keyring.kill('SIGSTOP')
  const silent = { code: 'secret-unreadable', message: 'the keychain did not answer', hint: /^unlock it/ }
  const began = performance.now()
  await t.rejects(keychain.place.list(), silent)
  await t.rejects(keychain.place.read('us'), silent, 'waits for the first call instead of starting another')
  t.ok(performance.now() - began < 5000)
  keyring.kill('SIGCONT')
  let found: unknown = 'none'
  for (let tries = 0; tries < 20 && found === 'none'; tries++) found = await keychain.place.read('us').catch(() => 'none')
  t.equal(found, undefined, 'and works again when it wakes up')
  keyring.kill('SIGSTOP')
  await t.rejects(keychain.place.read('us'), silent, 'the wait for the bus ends, too')
})

t.test('the keychain comes first, and no older entry lingers in the file', { skip }, async (t) => {
  const session = await startSession(t, bus)
  await session.startKeyring('pw')
  const folder = t.testdir({})
  const auto = storeIn(folder, { kind: 'auto' })
  const file = storeIn(folder)
  await file.write('us', entry('canary-old'))
  await file.write('eu', entry('canary-eu'))
  t.equal(await keyOf(auto, 'us'), 'canary-old', 'found in the file')
  t.same(await auto.write('us', entry('canary-new')), { place: 'keychain of this system', notes: [] })
  t.equal(await keyOf(auto, 'us'), 'canary-new')
  t.equal(await keyOf(file, 'us'), undefined, 'removed from the file')
  t.match((await auto.list()).map(({ name, place }) => [name, place]), [['us', 'keychain of this system'], ['eu', /^encrypted file/]])
  t.equal(await keyOf(storeIn(folder, { kind: 'keychain' }), 'eu'), undefined)

  await file.write('us', entry('canary-old'))
  const cannotOpen = storeIn(folder, { kind: 'auto', identityFile: undefined })
  t.match((await cannotOpen.write('us', entry('canary-newer'))).notes, [/^an older "us" may still be in encrypted file \S+: encrypted file \S+ is encrypted for an age identity/])
  t.equal(await keyOf(cannotOpen, 'us'), 'canary-newer')
  t.same(await auto.remove('us'), ['keychain of this system', (await auto.list()).find(({ name }) => name === 'eu')?.place])
  t.equal(await auto.read('us'), undefined)
})

t.test('calls take turns, and one that is late before its turn does not run', async (t) => {
  const inTurn = createTurns()
  const late = (): Error => new Error('late')
  const ran: string[] = []
  const never = inTurn(() => new Promise((resolve) => { setTimeout(resolve, 200) }), 20, late)
  const waiting = inTurn(async () => { ran.push('waiting') }, 20, late)
  const patient = inTurn(async () => { ran.push('patient') }, 5000, late)
  await t.rejects(never, /late/)
  await t.rejects(waiting, /late/)
  await patient
  t.same(ran, ['patient'])
  await t.rejects(inTurn(() => Promise.reject(new Error('own')), 1000, late), /own/)
  t.equal(await inTurn(async () => 'next', 1000, late), 'next', 'a failure stops nobody')
})
