// Wrong keys by address: ten a minute are free, and whoever has many addresses fills no memory.

import t from 'tap'
import { countFailures } from '../../../src/access/clients/failures.ts'

t.test('after ten wrong keys an address waits for the rest of its minute', async (t) => {
  let now = 0
  const failed = countFailures(() => now)
  for (let i = 0; i < 10; i++) t.equal(failed('192.0.2.1'), undefined)
  t.equal(failed('192.0.2.1'), 60)
  now = 45_500
  t.equal(failed('192.0.2.1'), 15)
  t.equal(failed('192.0.2.2'), undefined, 'others are not held up')
  now = 59_999
  t.equal(failed('192.0.2.1'), 1)
  now = 60_000
  t.equal(failed('192.0.2.1'), undefined, 'and then begins anew')
})

t.test('the addresses that one IPv6 network has are one', async (t) => {
  const failed = countFailures(() => 0)
  for (let i = 0; i < 10; i++) failed(`2001:db8:1:2::${String(i)}`)
  t.equal(failed('2001:db8:1:2:ffff:ffff:ffff:ffff'), 60)
  t.equal(failed('2001:db8:1:3::1'), undefined)
  t.equal(failed('::1'), undefined)
})

t.test('only so many addresses are remembered, the last ones', async (t) => {
  const failed = countFailures(() => 0)
  const address = (i: number): string => `10.${String(i >> 16)}.${String((i >> 8) & 255)}.${String(i & 255)}`
  for (let i = 0; i < 11; i++) failed('192.0.2.1')
  for (let i = 0; i < 9_999; i++) failed(address(i))
  t.equal(failed('192.0.2.1'), 60, 'still known, and the newest now')
  for (let i = 0; i < 10_000; i++) failed(address(i))
  t.equal(failed('192.0.2.1'), undefined, 'forgotten')
  for (let i = 0; i < 100_000; i++) failed(address(i % 60_000))
})
