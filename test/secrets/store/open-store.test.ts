// Where there is no keychain: a Linux without a session bus, as on servers and in containers.

import { existsSync, readdirSync } from 'node:fs'
import t from 'tap'
import { entry, keyOf, storeIn } from './support.ts'

const skip = process.platform !== 'linux' && 'needs a system without a keychain: Linux'
process.env.DBUS_SESSION_BUS_ADDRESS = 'unix:path=/nonexistent/bus'

t.test('asked for by name, a keychain that is not there is an error', { skip }, async (t) => {
  const store = storeIn(t.testdir({}), { kind: 'keychain' })
  const refusal = { code: 'secret-unreadable', message: /^the keychain cannot be used: (no Secret Service answers|the optional package)/, hint: /LANGSMITH_PROXY_STORE_KIND/ }
  await t.rejects(store.read('us'), refusal)
  await t.rejects(store.write('us', entry('canary')), refusal)
  await t.rejects(store.remove('us'), refusal)
  await t.rejects(store.list(), refusal)
})

t.test('opening a store does nothing yet', async (t) => {
  const folder = t.testdir({})
  for (const kind of ['auto', 'keychain', 'file'] as const) storeIn(folder, { kind })
  t.same(readdirSync(folder), [])
})

t.test('with auto, keys are kept in the file, and the person is told why when it is made', { skip }, async (t) => {
  const folder = t.testdir({})
  const store = storeIn(folder, { kind: 'auto' })
  t.equal(await store.read('us'), undefined, 'a keychain that is not there cannot hold it')
  t.same(await store.list(), [])
  t.same(await store.remove('us'), [])
  const { place, notes } = await store.write('us', entry('canary'))
  t.match(place, /^encrypted file \S+secrets\.age$/)
  t.match(notes, [/^no keychain here \((no Secret Service answers on the session bus|the optional package .*)\), so keys are kept in an encrypted file$/, /^made age identity file/])
  t.same((await store.write('us', entry('canary'))).notes, [], 'once')
  t.equal(await keyOf(store, 'us'), 'canary')
  t.match(await store.list(), [{ name: 'us', place }])
  t.same(await store.remove('us'), [place])
  await t.rejects(storeIn(folder, { kind: 'auto', identityFile: undefined }).write('us', entry('canary')), { code: 'secret-unreadable', message: /no identity file is set/ })
  t.notOk(existsSync(place.slice('encrypted file '.length)))
})
