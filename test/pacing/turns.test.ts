import t from 'tap'
import { Turns } from '../../src/pacing/turns.ts'

const anybody = (): boolean => true

t.test('clients take turns, however long their lines are', async (t) => {
  const turns = new Turns<string>()
  for (const item of ['a1', 'a2', 'a3', 'b1', 'c1', 'c2']) turns.push(item.charAt(0), item)
  t.equal(turns.ahead('b'), 5, 'a1, b1, c1, a2, c2')
  t.equal(turns.ahead('d'), 3)
  const order = []
  for (let item = turns.take(anybody); item !== undefined; item = turns.take(anybody)) order.push(item)
  t.same(order, ['a1', 'b1', 'c1', 'a2', 'c2', 'a3'])
  t.equal(turns.size, 0)
})

t.test('who may not go now is passed over and keeps the turn', async (t) => {
  const turns = new Turns<string>()
  for (const item of ['a1', 'b1', 'b2']) turns.push(item.charAt(0), item)
  t.equal(turns.take((client) => client === 'b'), 'b1')
  t.equal(turns.take(anybody), 'a1')
  t.equal(turns.take((client) => client === 'a'), undefined)
  t.equal(turns.take(anybody), 'b2')
})

t.test('items are taken out of the middle, oldest first', async (t) => {
  const turns = new Turns<string>()
  for (const item of ['a1', 'a2', 'a3', 'b1']) turns.push(item.charAt(0), item)
  t.same(turns.remove((item) => item === 'a1' || item === 'a3'), ['a1', 'a3'])
  t.equal(turns.size, 2)
  t.equal(turns.of('a'), 1)
})
