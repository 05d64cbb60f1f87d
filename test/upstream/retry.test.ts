// What may have reached the upstream is not sent again: a run that is posted twice is two runs.

import t from 'tap'
import type { Test } from 'tap'
import type { Socket } from 'node:net'
import { request } from 'undici'
import { startProxy } from '../support/proxy.ts'
import type { TestProxy } from '../support/proxy.ts'
import { rawAnswer, startRawUpstream } from '../support/raw-upstream.ts'
import type { RawUpstream } from '../support/raw-upstream.ts'
import { startUpstream } from '../support/upstream.ts'

type Method = 'GET' | 'HEAD' | 'OPTIONS' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** An upstream that answers the first request and drops its connection, and `drops` more, at the next request. */
async function startStale (t: Test, drops: number, drop = (socket: Socket): void => { socket.destroy() }): Promise<{ proxy: TestProxy, upstream: RawUpstream }> {
  const upstream = await startRawUpstream(t, {
    onRequest (socket, head, nth) {
      if (nth > 1 && nth <= 1 + drops) drop(socket)
      else socket.write(head.startsWith('HEAD') ? 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n' : rawAnswer('200 OK', 'ok'))
    }
  })
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })
  t.equal((await request(`${proxy.url}/warm-up`)).statusCode, 200)
  return { proxy, upstream }
}

const DROPS: readonly { readonly name: string, readonly drop: (socket: Socket) => void }[] = [
  { name: 'closed', drop: (socket) => { socket.destroy() } },
  { name: 'reset', drop: (socket) => { socket.resetAndDestroy() } }
]

for (const { name, drop } of DROPS) {
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'] as const) {
    for (const body of [null, 'x']) {
      t.test(`${method} ${body === null ? 'without' : 'with'} body on a ${name} kept-alive connection: 502, sent once`, async (t) => {
        const { proxy, upstream } = await startStale(t, 1, drop)

        const answer = await request(`${proxy.url}/runs`, { method, body })

        t.equal(answer.statusCode, 502)
        t.match(await answer.body.json(), { code: 'upstream-protocol', hint: /before you send it again/ })
        t.equal(upstream.heads.filter((head) => head.includes(' /runs ')).length, 1)
      })
    }
  }

  t.test(`GET with a body on a ${name} kept-alive connection is not sent again either`, async (t) => {
    const { proxy, upstream } = await startStale(t, 1, drop)
    t.equal((await request(`${proxy.url}/runs`, { method: 'GET', body: 'x' })).statusCode, 502)
    t.equal(upstream.heads.length, 2)
  })

  for (const method of ['GET', 'HEAD', 'OPTIONS'] satisfies Method[]) {
    t.test(`${method} on a ${name} kept-alive connection is sent once more, on a new one`, async (t) => {
      const { proxy, upstream } = await startStale(t, 1, drop)

      const answer = await request(`${proxy.url}/runs`, { method })

      t.equal(answer.statusCode, 200)
      t.equal(upstream.heads.filter((head) => head.includes(' /runs ')).length, 2)
      t.equal(upstream.heads[1]?.replace(/connection: .*/, ''), upstream.heads[2]?.replace(/connection: .*/, ''), 'the same request')
      t.equal(upstream.sockets.length, 2)
      t.match(await proxy.eventOf('upstream.retried'), { method })
    })
  }
}

t.test('GET with two dead connections: 502 after two requests', async (t) => {
  const { proxy, upstream } = await startStale(t, 2)

  const answer = await request(`${proxy.url}/runs`)

  t.equal(answer.statusCode, 502)
  t.equal(upstream.heads.filter((head) => head.includes(' /runs ')).length, 2)
  t.equal(proxy.events.filter(({ event }) => event === 'upstream.retried').length, 1)
})

t.test('GET on a connection that dies inside the head or the body is not repeated', async (t) => {
  for (const [status, begin] of [[200, 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhel'], [403, 'HTTP/1.1 403 Forbidden\r\nContent-Length: 10\r\n\r\nhel']] as const) {
    const { proxy, upstream } = await startStale(t, 1, (socket) => { socket.end(begin) })
    const answer = await request(`${proxy.url}/runs`)
    t.equal(answer.statusCode, status)
    await t.rejects(answer.body.text())
    t.equal(upstream.heads.length, 2)
  }
})

t.test('what an upstream answers is never a reason to ask again', async (t) => {
  for (const status of [408, 425, 429, 500, 502, 503, 504]) {
    const upstream = await startUpstream(t, {
      answer: (_request, response) => { response.writeHead(status, { 'retry-after': '900', 'x-rate-limit-remaining': '0' }).end('later') }
    })
    const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })

    const answer = await request(`${proxy.url}/runs`)

    t.equal(answer.statusCode, status)
    t.match(answer.headers, { 'retry-after': '900', 'x-rate-limit-remaining': '0', 'x-langsmith-proxy': 'upstream' })
    t.equal(await answer.body.text(), 'later')
    t.equal(upstream.received.length, 1)
  }
})
