// Whether a text holds a key: what must not be handed to a command, and what only looks a little like it.

import fc from 'fast-check'
import t from 'tap'
import { makeClientKey } from '../../src/access/clients/client-key.ts'
import { Secret } from '../../src/secrets/secret.ts'
import { createKeyFinder } from '../../src/swap/key-in-text.ts'
import { createMasks } from '../../src/swap/masks.ts'
import { holds } from '../support/property.ts'

const KEY = 'lsv2_pt_0123456789abcdef0123456789abcdef_fedcba9876'
/** Of a self-hosted server: other signs, so that each way to write it differs. */
const ODD_KEY = 'token~with?base64>chars/and"quotes\\in it'
const OTHER_KEY = `lsv2_sk_${'5ca1ab1e'.repeat(4)}_5ca1ab1e00`
const holdsKey = createKeyFinder([new Secret(KEY), new Secret(ODD_KEY)])

const base64 = (text: string): string => Buffer.from(text).toString('base64')

// Attack: an .env file of a repository, or a tool, has the key in another form than the one that is looked for: `Basic` of OTEL
// exporters, a whole JSON config in one variable, a URL with user and password.
t.test('a key of ours is found in every form in which programs write it', async (t) => {
  for (const key of [KEY, ODD_KEY]) {
    const forms = [
      key, `Bearer ${key}`, `x-api-key=${key},a=b`, JSON.stringify({ key }), JSON.stringify(JSON.stringify({ key })), `https://u:${encodeURIComponent(key)}@host/`, `Bearer%20${encodeURIComponent(key)}`,
      base64(key), base64(`u:${key}`), base64(`user:${key}`), base64(`user1:${key}:x`), Buffer.from(`{"key":"${key}"}`).toString('base64url'),
      base64(`x-api-key: ${key}\n`.repeat(3)).replaceAll(/.{76}/g, '$&\n'), // as base64(1) wraps it
      key.slice(0, -5), key.slice(20), `…${key.slice(12, 28)}…`
    ]
    for (const form of forms) t.equal(holdsKey(form), true, form.slice(0, 40))
  }
})

t.test('any 16 letters of a key are enough, fewer are not', async (t) => {
  const hidden = KEY.slice('lsv2_pt_'.length)
  await holds(t, fc.property(fc.nat(hidden.length - 16), fc.string(), fc.string(), (at, before, after) => holdsKey(before + hidden.slice(at, at + 16) + after)))
  for (let at = 0; at + 15 <= hidden.length; at++) t.equal(holdsKey(`/opt/${hidden.slice(at, at + 15)}/bin`), false, 'fewer are not')
})

t.test('LangSmith keys and client keys that nobody told us of are found by their form', async (t) => {
  for (const key of [OTHER_KEY, OTHER_KEY.toUpperCase(), `ls__${'0a'.repeat(16)}`, makeClientKey('ana')]) {
    for (const form of [key, `a,x-api-key=${key}`, `Bearer%20${key}`, `{"key":"${key}"}`, `line\\n${key}`]) t.equal(holdsKey(form), true, form.slice(0, 24))
  }
})

// Without PATH a command does not even start.
t.test('words that hold the beginning of a key form, or a few letters of a key, are innocent', async (t) => {
  const innocent = [
    '', '/usr/bin:/home/me/tools__bin:/bin', 'tools__search', '/opt/ls__/bin', `urls__${'f0'.repeat(16)}`, '/srv/lsp_python_server/bin', 'my_lsp_pyright_langserver', 'lsv2_pt_', 'lsv2_pt_your-key',
    '/opt/01234567/bin', '89abcdef', 'lsv2_pt_01234567', 'with?base64'
  ]
  for (const text of innocent) t.equal(holdsKey(text), false, text)
})

t.test('of a short key the whole is looked for; one of a few letters is in every text, so only the text itself counts', async (t) => {
  const short = createKeyFinder([new Secret('test-key-1'), new Secret('dev')])
  for (const text of ['test-key-1', 'Bearer test-key-1', base64('u:test-key-1'), 'dev']) t.equal(short(text), true, text)
  for (const text of ['test-key-2', '/dev/null', 'develop', '']) t.equal(short(text), false, text)
})

t.test('masks find the keys that they have learned', async (t) => {
  const masks = createMasks()
  t.equal(masks.keyFinder()(ODD_KEY), false)
  masks.learn(new Secret(ODD_KEY), 'us')
  t.equal(masks.keyFinder()(base64(`u:${ODD_KEY}`)), true)
})
