import t from 'tap'
import { lookupWithoutMetadata } from '../../src/upstream/lookup.ts'

function look (hostname: string, all: boolean): Promise<unknown> {
  return new Promise((resolve) => {
    lookupWithoutMetadata(hostname, { all }, (error, address) => { resolve(error === null ? address : error.code) })
  })
}

// An attacker who controls DNS lets the name of an insecure upstream lead to the cloud's metadata service,
// which then sees the key, or whose answer the caller gets.
t.test('an insecure upstream is never dialled at a metadata address', async (t) => {
  for (const all of [true, false]) {
    t.equal(await look('169.254.169.254', all), 'EACCES')
    t.equal(await look('fe80::1', all), 'EACCES')
  }
})

t.test('other addresses pass, in the form that was asked for', async (t) => {
  t.equal(await look('127.0.0.1', false), '127.0.0.1')
  t.strictSame(await look('127.0.0.1', true), [{ address: '127.0.0.1', family: 4 }])
  t.equal(await look('no-such-name.invalid', true), 'ENOTFOUND')
})
