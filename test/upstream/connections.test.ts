// Which request goes on which connection. Two on one at a time (pipelining) is how one client gets the answer of
// another: an upstream that is confused about where an answer ends confuses only its own request (CVE-2026-6733).
// Two things in undici keep requests apart, "pipelining" and "blocking"; test/supply-chain.test.ts holds each by itself.

import type { Socket } from 'node:net'
import t from 'tap'
import { request } from 'undici'
import { startProxy } from '../support/proxy.ts'
import { rawAnswer, startRawUpstream, until } from '../support/raw-upstream.ts'

/** Only a request that waits behind another takes this long. */
const headersTimeout = 5000

for (const { name, env } of [
  { name: 'with the default limit', env: {} },
  { name: 'with no more connections than requests', env: { LANGSMITH_PROXY_LISTEN_MAX_IN_FLIGHT: '6' } }
]) {
  for (const method of ['HEAD', 'GET', 'POST'] as const) {
    t.test(`${method}s at the same time never share a connection to LangSmith, ${name}`, async (t) => {
      const answerTo = (path: string): string => rawAnswer('200 OK', method === 'HEAD' ? '' : path, [`x-path: ${path}`])
      const held: Socket[] = []
      const upstream = await startRawUpstream(t, {
        onRequest (socket, head) {
          const [, path = ''] = head.split(' ')
          if (path === '/held') held.push(socket)
          else socket.write(answerTo(path))
        }
      })
      const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }], env })
      const ask = async (path: string): Promise<unknown> => {
        const { headers, body } = await request(proxy.url + path, { method, body: method === 'POST' ? '{}' : null, headersTimeout })
        await body.dump()
        return headers['x-path']
      }
      t.equal(await ask('/warm-up'), '/warm-up')

      const last = ask('/held').catch(() => 'no answer')
      await until(() => held.length === 1, 'the request that is held back')
      const paths = ['/a', '/b', '/c', '/d', '/e']
      const answered = await Promise.all(paths.map((path) => ask(path).catch(() => 'no answer')))

      t.same(answered, paths, 'the others did not wait behind it')
      held[0]?.write(answerTo('/held'))
      t.equal(await last, '/held')
    })
  }
}
