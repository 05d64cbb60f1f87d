import t from 'tap'
import { createStoreSource } from '../../../src/secrets/sources/store.ts'
import { entry, storeIn } from '../store/support.ts'
import { fieldOf, referenceTo, testSourceContract } from '../source-contract.ts'

const folder = t.testdir({})
const store = storeIn(folder)
const source = createStoreSource(store)

testSourceContract(t, {
  source,
  absent: referenceTo('store', 'absent'),
  async store (text) {
    await store.write('constructor', entry(text)) // a name that every object has
    return referenceTo('store', 'constructor')
  }
})

t.test('store:NAME#workspaceId is the workspace that was stored with the key', async (t) => {
  await store.write('us', entry('canary', { workspaceId: '1c9a6c1e-0000-4000-8000-000000000000' }))
  await store.write('eu', entry('canary'))
  t.strictSame(await source.read(fieldOf('store', 'us', 'workspaceId')), { text: '1c9a6c1e-0000-4000-8000-000000000000' })
  t.equal(await source.read(fieldOf('store', 'eu', 'workspaceId')), undefined, 'none was stored')
})

t.test('what is watched is the encrypted file', async (t) => {
  t.strictSame(source.files?.(referenceTo('store', 'us')), store.files)
  t.match(store.files, [/secrets\.age$/])
  t.strictSame(storeIn(folder, { kind: 'keychain' }).files, [], 'a keychain has none')
})
