// The form of client keys, and what is kept of them.

import { format, inspect } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { hashOfKey, makeClientKey, nameInKey } from '../../../src/access/clients/client-key.ts'
import { KeyHash } from '../../../src/access/clients/key-hash.ts'
import { hideKeys } from '../../../src/hide-keys.ts'
import { hiddenPart } from '../../../src/swap/hidden-part.ts'
import { holds } from '../../support/property.ts'

const names = fc.stringMatching(/^[a-z][a-z0-9-]{0,39}$/)

t.test('a key with any one character changed, lost, doubled or swapped with its neighbour is told from a whole one', async (t) => {
  await holds(t, fc.property(names, fc.nat(), fc.constantFrom(...Array.from('0aZz_-.')), (name, where, other) => {
    const key = makeClientKey(name)
    const at = 4 + where % (key.length - 4)
    const [before, character = '', next = '', after] = [key.slice(0, at), key[at], key[at + 1], key.slice(at + 2)]
    const slips = [before + other + next + after, before + next + after, before + character + character + next + after, before + next + character + after]
    for (const slip of slips) if (slip !== key && nameInKey(slip) !== undefined) throw new Error(`${slip} passes for ${key}`)
  }))
})

t.test('a key says whose it is, in 43 characters of chance and six of checksum, without a second underscore', async (t) => {
  await holds(t, fc.property(names, (name) => {
    const key = makeClientKey(name)
    return nameInKey(key) === name && new RegExp(`^lsp_${name}_[0-9A-Za-z]{49}$`).test(key)
  }))
  t.equal(new Set(Array.from({ length: 1000 }, () => makeClientKey('ana'))).size, 1000)
})

t.test('nothing else has the form of a key', async (t) => {
  const key = makeClientKey('ana')
  for (const text of ['', 'lsp_', 'lsp_ana', 'lsp_ana_', key.slice(0, -1), `${key}0`, key.toUpperCase(), key.replace('lsp_', 'lsv2_'), key.replace('ana', 'Ana'), key.replace('ana', 'ann'), ` ${key}`, `${key}\n`]) {
    t.equal(nameInKey(text), undefined, JSON.stringify(text))
  }
})

t.test('the name in a key may be told; what follows it is secret wherever texts are masked', async (t) => {
  const key = makeClientKey('ana-2')
  t.equal(hiddenPart(key), key.slice('lsp_ana-2_'.length))
  t.match(hideKeys(`x ${key} y`), /^x lsp_ana-2_\*{49} y$/)
})

t.test('a hash compares, and prints as nothing', async (t) => {
  const key = makeClientKey('ana')
  const hash = new KeyHash(hashOfKey(key))
  t.ok(hash.matches(hashOfKey(key)))
  t.notOk(hash.matches(hashOfKey(makeClientKey('ana'))))
  // eslint-disable-next-line @typescript-eslint/restrict-template-expressions -- what this is about
  for (const text of [`${hash}`, JSON.stringify({ hash }), inspect({ hash }, { showHidden: true, depth: Infinity }), inspect(hash, { customInspect: false, showHidden: true }), format('%s %o %O %j', hash, hash, hash, hash)]) {
    t.notMatch(text, new RegExp(hash.toHex().slice(0, 8)))
  }
})
