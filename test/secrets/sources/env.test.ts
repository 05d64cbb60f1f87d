import t from 'tap'
import { createEnvSource } from '../../../src/secrets/sources/env.ts'
import { referenceTo, testSourceContract } from '../source-contract.ts'

const stored: Record<string, string> = {}
testSourceContract(t, {
  source: createEnvSource(stored),
  absent: referenceTo('env', 'LANGSMITH_ABSENT'),
  store: (text) => {
    const name = `STORED_${Object.keys(stored).length}`
    stored[name] = text
    return Promise.resolve(referenceTo('env', name))
  }
})

t.test('a variable is captured at start, and says nothing of its expiry', async (t) => {
  const source = createEnvSource({ KEY: 'canary' })
  t.equal(source.freshness, 'captured')
  t.same(await source.read(referenceTo('env', 'KEY')), { text: 'canary' })
})

t.test('what every object inherits is not a variable', async (t) => {
  for (const name of ['constructor', '__proto__', 'toString']) t.equal(await createEnvSource({}).read(referenceTo('env', name)), undefined, name)
})

t.test('names that hold something and resemble the one asked for are offered, nearest first', async (t) => {
  const near = (asked: string, env: Record<string, string | undefined>): readonly string[] => createEnvSource(env).nearNames(referenceTo('env', asked))
  t.same(near('LANGSMITH_API_KEY', { LANGSMITH_API_KEY: '', LANGCHAIN_API_KEY: ' ', PATH: '/bin' }), [], 'blank ones, itself and strangers are not')
  t.same(near('LANGSMITH_API_KEY', { LANGCHAIN_API_KEY: 'x', LANGSMITH_APIKEY: 'x', LANGSMITH_TOKEN: 'x' }),
    ['LANGSMITH_APIKEY', 'LANGCHAIN_API_KEY', 'LANGSMITH_TOKEN'])
  t.same(near('LANGSMITH_API_KEY', { langsmith_api_key: 'x' }), ['langsmith_api_key'], 'another case')
  t.same(near('LANGSMITH_API_KEY_EU', { LANGSMITH_API_KYE_EU: 'x' }), ['LANGSMITH_API_KYE_EU'], 'a slip')
  t.same(near('EU_KEY', { 'EU_KE\n': 'x', OTHER_NAME: 'x' }), [], 'nothing that could break a line')
  t.equal(near('LANGSMITH_API_KEY', Object.fromEntries('ABCDEFGH'.split('').map((c) => [`LANGSMITH_API_KE${c}`, 'x']))).length, 5, 'not too many')
})
