// What is read out of LangSmith's list of keys. Its form is not confirmed, so any surprise must come to nothing.

import fc from 'fast-check'
import t from 'tap'
import { readKeyList } from '../../src/diagnosis/probe/read-key-list.ts'
import type { ToldExpiry } from '../../src/diagnosis/probe/read-key-list.ts'
import { holds } from '../support/property.ts'

const OWN = 'own...1234'
const END = '2031-01-31T12:00:00Z'
const AT = Date.parse(END)

function read (body: unknown, status = 200): ToldExpiry {
  return readKeyList({ answered: true, status, headers: [], body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), ms: 1 }, (short) => short === OWN)
}

t.test('an answer that is not such a list tells nothing', async (t) => {
  const cases: Readonly<Record<string, unknown>> = {
    'no JSON': '<html>Sign in</html>',
    'half a list': `[{"short_key":"${OWN}","expires_at":"${END}"}`,
    'an object': { short_key: OWN, expires_at: END },
    'a list in an object': { keys: [{ short_key: OWN, expires_at: END }] },
    'an empty list': [],
    'rows that are none': [null, 1, 'x', [], [OWN]],
    'other names': [{ shortKey: OWN, expiresAt: END }],
    'other keys alone': [{ short_key: 'other...1234', expires_at: END }],
    'two of this form': [{ short_key: OWN, expires_at: END }, { short_key: OWN, expires_at: END }],
    'no field for the end': [{ short_key: OWN }],
    'a number': [{ short_key: OWN, expires_at: AT }],
    'a number as text': [{ short_key: OWN, expires_at: String(AT) }],
    'a date in words': [{ short_key: OWN, expires_at: 'Fri, 31 Jan 2031 12:00:00 GMT' }],
    'a day that does not exist': [{ short_key: OWN, expires_at: '2031-13-31T12:00:00Z' }],
    'a date without time': [{ short_key: OWN, expires_at: '2031-01-31' }],
    'the zero of Go': [{ short_key: OWN, expires_at: '0001-01-01T00:00:00Z' }],
    'the zero of Unix': [{ short_key: OWN, expires_at: '1970-01-01T00:00:00Z' }],
    'a year of five digits': [{ short_key: OWN, expires_at: '+12031-01-31T12:00:00Z' }],
    'a list of ends': [{ short_key: OWN, expires_at: [END] }],
    false: [{ short_key: OWN, expires_at: false }],
    'a form that is no text': [{ short_key: [OWN], expires_at: END }]
  }
  for (const [name, body] of Object.entries(cases)) t.same(read(body), { said: 'untold' }, name)
  for (const status of [404, 405, 429, 500, 503]) t.same(read([{ short_key: OWN, expires_at: END }], status), { said: 'untold' }, String(status))
  t.same(read('<html>Forbidden</html>', 403), { said: 'untold' }, 'a page of a gateway says nothing about the key')
  t.same(readKeyList({ answered: false, failure: { code: 'upstream-timeout', reason: '', detail: '' } }, () => true), { said: 'unreached' })
})

t.test('a key that may not list keys is told that', async (t) => {
  for (const status of [401, 403]) t.same(read({ detail: 'Forbidden' }, status), { said: 'refused' })
})

t.test('the end of our own key is found among those of others, in each form of ISO 8601 with a time', async (t) => {
  const list = (end: unknown): unknown => [{ short_key: 'a...b', expires_at: '2020-01-01T00:00:00Z' }, { short_key: OWN, expires_at: end }, { short_key: null }]
  for (const end of [END, '2031-01-31T12:00:00+00:00', '2031-01-31T13:30:00+01:30', '2031-01-31T12:00:00.000000+00:00', '2031-01-31T12:00:00', '2031-01-31T12:00:00.000']) {
    t.same(read(list(end)), { said: 'told', expiresAt: AT }, end)
  }
  t.same(read(list('2024-05-01T00:00:00Z')), { said: 'told', expiresAt: Date.parse('2024-05-01') }, 'it may be over')
  t.same(read(list(null)), { said: 'told', expiresAt: undefined }, 'or never be')
})

t.test('whatever comes, it is read without an error and gives a time that can be shown', async (t) => {
  const row = fc.record({ short_key: fc.oneof(fc.constant(OWN), fc.anything()), expires_at: fc.oneof(fc.anything(), fc.date({ noInvalidDate: true }).map((date) => date.toISOString())) }, { requiredKeys: [] })
  const body = fc.oneof(fc.string(), fc.oneof(fc.array(fc.oneof(row, fc.anything())), fc.anything()).map((value) => { try { return JSON.stringify(value) } catch { return '' } }))
  await holds(t, fc.property(body, fc.constantFrom(200, 201, 204, 302, 401, 403, 500), (text, status) => {
    const told = read(text, status)
    if (told.said === 'told' && told.expiresAt !== undefined) new Date(told.expiresAt).toISOString()
  }))
})
