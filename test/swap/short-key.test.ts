// Which shortened forms are taken for those of a key: a date for the wrong key is worse than none.

import fc from 'fast-check'
import t from 'tap'
import { Secret } from '../../src/secrets/secret.ts'
import { isShortOf } from '../../src/swap/short-key.ts'
import { anyKeys, langsmithKeys } from '../support/leaks.ts'
import { holds } from '../support/property.ts'

const KEY = `lsv2_sk_${'0123456789abcdef'.repeat(2)}_9876543210`
const own = new Secret(KEY)

t.test('a form that shows too little of the key, or of another one, is nobody\'s', async (t) => {
  const cases: Readonly<Record<string, string>> = {
    nothing: '',
    'dots alone': '...',
    'the beginning alone': 'lsv2_sk_0123',
    'the beginning and dots': 'lsv2_sk_0123...',
    'the end alone': '...3210',
    'the public prefix and the end': 'lsv2_sk_...3210',
    'a part of the public prefix and the end': 'lsv2_...3210',
    'three characters behind the prefix': 'lsv2_sk_012...3210',
    'three characters of the end': 'lsv2_sk_0123...210',
    'one dot': 'lsv2_sk_0123.3210',
    stars: 'lsv2_sk_0123****3210',
    'the whole key': KEY,
    'the whole key in two halves': `${KEY.slice(0, 20)}...${KEY.slice(20)}`,
    'halves that overlap': `${KEY.slice(0, 30)}...${KEY.slice(20)}`,
    'another beginning': 'lsv2_sk_0124...3210',
    'another end': 'lsv2_sk_0123...3211',
    'another kind': 'lsv2_pt_0123...3210',
    'the middle': 'lsv2_sk_0123...4567...3210',
    'text around it': 'key lsv2_sk_0123...3210',
    'a line break behind it': 'lsv2_sk_0123...3210\n'
  }
  for (const [name, form] of Object.entries(cases)) t.equal(isShortOf(form, own), false, name)
  t.equal(isShortOf('abcd...cdef', new Secret('abcdef')), false, 'of a short key it would show all')
})

t.test('four characters on each side behind the public prefix are enough, and so are more', async (t) => {
  for (const form of ['lsv2_sk_0123...3210', 'lsv2_sk_0123..3210', 'lsv2_sk_0123.....3210', 'lsv2_sk_0123…3210', 'lsv2_sk_012345...543210']) t.equal(isShortOf(form, own), true, form)
  t.equal(isShortOf('abcd...wxyz', new Secret('abcd-0123456789-wxyz')), true, 'keys of self-hosted servers have no public prefix')
})

t.test('the form of any key fits that key and no other', async (t) => {
  const short = (key: string): string => `${key.slice(0, 12)}...${key.slice(-4)}`
  await holds(t, fc.property(langsmithKeys, langsmithKeys, anyKeys, (key, other, odd) => {
    if (!isShortOf(short(key), new Secret(key))) return false
    return [other, odd].every((another) => short(another) === short(key) || !isShortOf(short(key), new Secret(another)))
  }))
})
