// "check" reads config, secrets and certificate files, and talks to nobody.

import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { check } from '../../src/commands/check.ts'
import { ProxyError } from '../../src/errors.ts'
import { TEST_KEY } from '../support/proxy.ts'
import { runProgram } from '../support/process.ts'

interface Given {
  readonly flags?: Readonly<Record<string, string | boolean>>
  readonly env?: Readonly<Record<string, string>>
  readonly files?: Readonly<Record<string, string>>
}

/** Runs the command in this process, with the files as $XDG_CONFIG_HOME/langsmith-proxy. */
async function runCheck (t: Test, { flags = {}, env = {}, files = {} }: Given): Promise<string> {
  const home = t.testdir({ 'langsmith-proxy': { ...files } })
  for (const name of Object.keys(files)) chmodSync(join(home, 'langsmith-proxy', name), 0o600)
  let printed = ''
  const code = await check.run({ env: { XDG_CONFIG_HOME: home, ...env }, flags, version: '0.0.0', print: (text) => { printed += text } })
  t.equal(code, 0)
  return printed
}

async function refusalOf (t: Test, given: Given): Promise<ProxyError> {
  try {
    await runCheck(t, given)
  } catch (error) {
    if (error instanceof ProxyError) return error
    throw error
  }
  throw new Error('accepted')
}

t.test('without any key it says where one was looked for', async (t) => {
  const error = await refusalOf(t, { env: { LANGCHAIN_API_KEY: TEST_KEY, LANGSMITH_APIKEY: TEST_KEY } })
  t.equal(error.exitCode, 2)
  t.match(error.message, /LANGSMITH_API_KEY/)
  t.match(error.message, /route \//)
  t.match(error.message + error.hint, /LANGSMITH_APIKEY|LANGCHAIN_API_KEY/, 'and what looks like a slip')
  t.notMatch(error.message + error.hint, /5ca1ab1e/)
})

t.test('every mistake of a file is told at once, with its line', async (t) => {
  const error = await refusalOf(t, { files: { 'config.yaml': [
    'log: { level: loud }',
    'lisen: { port: 1 }',
    'credentials:',
    '  us: { apiKey: "env:KEY_US" }',
    'routes:',
    '  - { prefix: /api, region: us, credential: us }',
    '  - { prefix: /eu, region: mars, credential: eu }'
  ].join('\n') } })
  t.match(error, { code: 'config-invalid', exitCode: 2 })
  for (const part of [/config\.yaml:1 log\.level/, /config\.yaml:2 lisen.*did you mean listen/, /config\.yaml:6 .*prefix/, /config\.yaml:7 .*region/]) t.match(error.message, part)
  t.notMatch(error.message, /loud|mars/)
})

t.test('a certificate file must be there and hold a certificate', async (t) => {
  const config = (ca: string): string => `credentials: { us: { apiKey: "env:KEY_US" } }\nroutes: [{ prefix: /, region: us, credential: us, ca: ${ca} }]\n`
  const missing = await refusalOf(t, { env: { KEY_US: TEST_KEY }, files: { 'config.yaml': config('none.pem') } })
  t.match(missing, { code: 'config-invalid', message: /route \/.*cannot be read.*none\.pem/ })
  const empty = await refusalOf(t, { env: { KEY_US: TEST_KEY }, files: { 'config.yaml': config('key.pem'), 'key.pem': '-----BEGIN PRIVATE KEY-----' } })
  t.match(empty, { code: 'config-invalid', message: /holds no PEM certificate/, hint: /BEGIN CERTIFICATE/ })
  const out = await runCheck(t, { env: { KEY_US: TEST_KEY }, files: { 'config.yaml': config('ca.pem'), 'ca.pem': '-----BEGIN CERTIFICATE-----' } })
  t.match(out, /api\.smith\.langchain\.com/)
})

t.test('a config file that cannot be read is an error, not an absent one', async (t) => {
  const error = await refusalOf(t, { env: { LANGSMITH_API_KEY: TEST_KEY, LANGSMITH_PROXY_CONFIG: t.testdir() } })
  t.equal(error.exitCode, 2)
  const absent = await refusalOf(t, { flags: { config: 'no/such.yaml' }, env: { LANGSMITH_API_KEY: TEST_KEY } })
  t.match(absent, { code: 'config-invalid', exitCode: 2 })
})

t.test('the table names each route, where its key is kept, and never the key', async (t) => {
  const files = {
    'config.yaml': [
      'credentials:',
      '  us: { apiKey: "env:KEY_US" }',
      '  self: { apiKey: "file:self.key", workspaceId: 1c9a6c1e-0000-4000-8000-000000000000, hosts: [langsmith.example.com] }',
      'routes:',
      '  - { prefix: /, region: us, credential: us }',
      '  - { prefix: /self, upstream: "https://langsmith.example.com/api/v1", credential: self }'
    ].join('\n'),
    'self.key': `${TEST_KEY}\n`
  }
  const text = await runCheck(t, { env: { KEY_US: TEST_KEY }, files })
  const lines = text.split('\n')
  t.match(lines[0], /^routes from .*config\.yaml$/)
  t.match(lines[1], /^PREFIX +UPSTREAM +REGION +CREDENTIAL +SECRET +FINGERPRINT +WORKSPACE$/)
  t.match(lines[2], /^\/ +https:\/\/api\.smith\.langchain\.com +us +us +env:KEY_US +[0-9a-f]{8} +-$/)
  t.match(lines[3], /^\/self +https:\/\/langsmith\.example\.com\/api +- +self +file:.* +[0-9a-f]{8} +set$/)
  t.notMatch(text, /5ca1ab1e/)

  const json = JSON.parse(await runCheck(t, { flags: { json: true }, env: { KEY_US: TEST_KEY }, files })) as Record<string, unknown>
  t.match(json, { config: /config\.yaml$/, notices: [], routes: [
    { prefix: '/', region: 'us', credential: 'us', secret_ref: 'env:KEY_US', workspace: false },
    { prefix: '/self', credential: 'self', workspace: true }
  ] })
  t.notMatch(JSON.stringify(json), /5ca1ab1e/)
})

t.test('notices follow the table', async (t) => {
  const text = await runCheck(t, { env: { LANGSMITH_API_KEY: TEST_KEY, LANGSMITH_ENDPOINT: 'http://localhost:5764' } })
  t.match(text, /warning: LANGSMITH_ENDPOINT \(environment\) is the address of this proxy.*\nhint: /s)
})

t.test('as a program it ends with 0 or 2, and reads no config of the working directory', async (t) => {
  // A repository that a developer clones could otherwise redirect keys: an own config.yaml and .env.
  const files = { 'config.yaml': 'routes: nonsense', '.env': 'LANGSMITH_ENDPOINT=https://evil.example\n', 'langsmith-proxy.yaml': 'nonsense' }
  const [good, bad] = await Promise.all([
    runProgram(t, ['check'], { env: { LANGSMITH_API_KEY: TEST_KEY }, files }),
    runProgram(t, ['check'], { files })
  ])
  t.match(good, { code: 0, stderr: '' })
  t.match(good.stdout, /routes from environment/)
  t.match(bad, { code: 2, stdout: '', stderr: /^error: .*LANGSMITH_API_KEY/ })
})
