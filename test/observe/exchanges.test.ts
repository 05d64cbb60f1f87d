// The list of what is under way: its order changes when requests end, and nobody may be mixed up by that. And which ends count as whole.

import { EventEmitter, once } from 'node:events'
import { createServer } from 'node:http'
import type { ServerResponse } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { startExchange } from '../../src/exchange.ts'
import type { Exchange } from '../../src/exchange.ts'
import { watchExchanges } from '../../src/observe/exchanges.ts'

/** A response is an emitter here: only that it closes matters. */
function open (watch: ReturnType<typeof watchExchanges>, id: string): { readonly exchange: Exchange, readonly response: ServerResponse } {
  const exchange = startExchange(id, { method: 'GET', url: '/', headers: {} })
  const response = Object.assign(new EventEmitter(), { req: { socket: { remoteAddress: '127.0.0.1' } }, writableFinished: true, statusCode: 200, headersSent: true }) as unknown as ServerResponse
  watch.watch(exchange, response)
  return { exchange, response }
}

t.test('whatever order requests end in, those that are left are counted, blamed and cut, and no other', async (t) => {
  const reported: string[] = []
  const watch = watchExchanges((event) => { if ('reqId' in event) reported.push(`${event.event} ${event.reqId ?? ''}`) })
  const all = ['a', 'b', 'c', 'd', 'e'].map((id) => open(watch, id))
  for (const place of [0, 3, 4]) all[place]?.response.emit('close') // first, middle, last
  t.equal(watch.inFlight(), 2)
  t.same(reported, ['request.completed a', 'request.completed d', 'request.completed e'])
  watch.blame(all[1]?.response as ServerResponse, 'CLIENT_STALLED')
  watch.blame(all[0]?.response as ServerResponse, 'CLIENT_STALLED') // has ended
  watch.cutAll()
  t.same(all.map(({ exchange: { id, cut } }) => [id, cut?.reason]), [['a', undefined], ['b', 'CLIENT_STALLED'], ['c', 'STOPPED'], ['d', undefined], ['e', undefined]])
  for (const place of [2, 1]) all[place]?.response.emit('close')
  t.equal(watch.inFlight(), 0)
  t.same(reported.slice(3), ['request.aborted c', 'request.aborted b'])
})

for (const leave of ['destroy', 'resetAndDestroy'] as const) {
  t.test(`an answer that has ended and waits for a client that leaves (${leave}) is not completed`, async (t) => {
    const reported: string[] = []
    const watch = watchExchanges(({ event }) => { reported.push(event) })
    const server = createServer((request, response) => {
      watch.watch(startExchange('a', request), response)
      response.end(Buffer.alloc(50_000_000)) // more than the systems between take
    })
    t.teardown(() => { server.close() })
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => {})
    client.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await once(client, 'readable') // the rest is not read
    const ended = new Promise<void>((resolve) => { watch.onEnd(resolve) })
    client[leave]()
    await ended
    t.strictSame(reported, ['request.aborted'])
  })
}
