// The attack on every proxy that keeps connections alive: the upstream closes one at the moment at which
// the next request is on its way. Nobody can tell whether the upstream acted on it, so a run that is sent
// again may be two runs, and a read that fails for this is a failure that nobody needed to see.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import t from 'tap'
import type { Test } from 'tap'
import { Pool } from 'undici'
import { startProxy } from '../support/proxy.ts'
import { startUpstream } from '../support/upstream.ts'

const REQUESTS = 10_000
const CLIENTS = 32
/** One use in so many of a kept-alive connection is its last. */
const EVERY = 50

/** How a use can be the last one: three without a word when the head is there, three that meet the next request. */
const LAST_USES: readonly ((request: IncomingMessage, response: ServerResponse) => void)[] = [
  ({ socket }) => { socket.destroy() },
  (request, response) => { answer(request, response, (socket) => { socket.end() }) },
  ({ socket }) => { socket.resetAndDestroy() },
  (request, response) => { answer(request, response, (socket) => { socket.destroy() }) },
  ({ socket }) => { setTimeout(() => { socket.destroy() }, 5) }, // the whole request has come
  (request, response) => { answer(request, response, (socket) => { setTimeout(() => { socket.resetAndDestroy() }, 1) }) }
]

function answer (request: IncomingMessage, response: ServerResponse, after?: (socket: Socket) => void): void {
  const { socket } = request
  request.resume().once('end', () => { response.end('ok', () => { after?.(socket) }) })
}

interface Closing {
  readonly url: string
  /** How often each target came, on connections that were closed as well. */
  readonly received: ReadonlyMap<string, number>
  /** Connections that were closed, by the way in which they were. */
  readonly closed: readonly number[]
}

async function startClosing (t: Test): Promise<Closing> {
  const received = new Map<string, number>()
  const closed = LAST_USES.map(() => 0)
  const used = new WeakSet<Socket>()
  let reused = 0
  const { url } = await startUpstream(t, {
    listener (request, response) {
      const { socket, url: target = '' } = request
      received.set(target, (received.get(target) ?? 0) + 1)
      if (!used.has(socket) || ++reused % EVERY !== 0) {
        used.add(socket)
        answer(request, response)
        return
      }
      const way = (reused / EVERY) % LAST_USES.length
      closed[way] = (closed[way] ?? 0) + 1
      LAST_USES[way]?.(request, response)
    }
  })
  return { url, received, closed }
}

t.test('10,000 requests while the upstream closes every 50th kept-alive connection in use: no GET fails, no POST is sent twice', async (t) => {
  const upstream = await startClosing(t)
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }], env: { LANGSMITH_PROXY_LOG_LEVEL: 'error' } })
  const clients = new Pool(proxy.url, { connections: CLIENTS })
  t.teardown(() => clients.destroy())
  const answers: Record<string, number> = {}
  const failed: { readonly target: string, readonly outcome: string }[] = []
  let sent = 0

  async function work (): Promise<void> {
    while (sent < REQUESTS) {
      const nth = sent++
      const method = nth % 2 === 0 ? 'GET' : 'POST'
      const target = `/${method.toLowerCase()}/${nth}`
      const outcome = await clients.request({ path: target, method, body: method === 'POST' ? '{"id":1}' : null }).then(async ({ statusCode, headers, body }) => {
        await body.dump()
        return `${statusCode} ${String(headers['x-langsmith-proxy'])}`
      }, String)
      const kind = `${method} ${outcome}`
      answers[kind] = (answers[kind] ?? 0) + 1
      if (outcome !== '200 upstream') failed.push({ target, outcome })
    }
  }
  const began = performance.now()
  await Promise.all(Array.from({ length: CLIENTS }, work))

  const closed = upstream.closed.reduce((sum, count) => sum + count, 0)
  t.comment(`${REQUESTS} requests in ${((performance.now() - began) / 1000).toFixed(1)} s; connections closed: ${closed} (${upstream.closed.join(' + ')})`)
  t.comment(JSON.stringify(answers))
  t.comment(`sent once more: ${proxy.events.filter(({ event }) => event === 'upstream.retried').length}`)

  t.same(failed.filter(({ target }) => target.startsWith('/get/')), [], 'no GET fails')
  t.same([...new Set(failed.map(({ outcome }) => outcome))], ['502 proxy; code=upstream-protocol'], 'a POST that fails is a 502 that says so; some did')
  const twice = [...upstream.received].filter(([target, times]) => target.startsWith('/post/') && times > 1)
  t.same(twice, [], 'no POST came twice, answered or not')
  t.ok(closed >= 100 && upstream.closed.every((count) => count > 10), 'the upstream did close connections, in each way')
})
