// What may happen to a request while it waits for its turn, in a real proxy.

import { request } from 'node:http'
import type { ClientRequest } from 'node:http'
import { networkInterfaces } from 'node:os'
import t from 'tap'
import type { Test } from 'tap'
import { networkOf } from '../../src/config/addresses.ts'
import { until } from '../access/limits/support.ts'
import { makeClients } from '../access/clients/support.ts'
import type { TestClients } from '../access/clients/support.ts'
import { startProxy } from '../support/proxy.ts'
import type { TestProxy } from '../support/proxy.ts'
import { startUpstream } from '../support/upstream.ts'
import type { Upstream } from '../support/upstream.ts'

interface Stage {
  readonly proxy: TestProxy
  readonly upstream: Upstream
  readonly clients: TestClients
  /** Calls a path with a 429 in its name: what follows waits. */
  readonly block: () => Promise<void>
  readonly post: (body: string) => Sent
  /** How many wait, as the page of usage says. */
  readonly waiting: () => Promise<number>
}

interface Sent {
  readonly sent: ClientRequest
  readonly answer: Promise<{ readonly status: number, readonly text: string } | undefined>
}

async function stage (t: Test, env: Readonly<Record<string, string>> = {}): Promise<Stage> {
  const upstream = await startUpstream(t, { answer: ({ url = '' }, response) => {
    if (url.includes('429')) response.writeHead(429, { 'retry-after': '4' }).end()
    else response.end('{}')
  } })
  const clients = await makeClients(t, { ana: {} })
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }], clients: clients.live, env })
  const headers = { 'x-api-key': clients.keys.ana ?? '' }
  return {
    proxy, upstream, clients,
    async block () { await (await fetch(`${proxy.url}/x/429`)).text() }, // by another: who has the key alone is not held back
    post (body) {
      const sent = request(`${proxy.url}/x`, { method: 'POST', agent: false, headers })
      t.teardown(() => { sent.destroy() })
      const answer: Sent['answer'] = new Promise((resolve) => {
        sent.once('error', () => { resolve(undefined) }).once('response', (response) => {
          let text = ''
          response.on('error', () => {}).on('data', (piece: Buffer) => { text += piece.toString() }).once('close', () => { resolve({ status: response.statusCode ?? 0, text }) })
        }).end(body)
      })
      return { sent, answer }
    },
    async waiting () {
      const page = await (await fetch(`${proxy.url}/-/usage`, { headers })).json() as { readonly budgets: readonly { readonly waiting: number }[] }
      return page.budgets.reduce((sum, { waiting }) => sum + waiting, 0)
    }
  }
}

t.test('what waits when the proxy ends is told so and never sent: nobody could say what became of it', async (t) => {
  const { proxy, upstream, block, post, waiting } = await stage(t)
  await block()
  const { answer } = post('one')
  await until('the wait', async () => await waiting() === 1)
  await proxy.proxy.close()
  t.match(await answer, { status: 503, text: /"code":"draining"/ })
  await new Promise((resolve) => { setTimeout(resolve, 100) })
  t.strictSame(upstream.received.map(({ method }) => method), ['GET'])
})

t.test('a reload that turns pacing off lets those go that wait, each once', async (t) => {
  const { proxy, upstream, block, post, waiting } = await stage(t)
  await block()
  const all = Array.from({ length: 5 }, (_, i) => post(String(i)))
  await until('the wait', async () => await waiting() === 5)
  await proxy.replaceSettings({ LANGSMITH_PROXY_PACING_MODE: 'off' })
  for (const { answer } of all) t.match(await answer, { status: 200 })
  t.equal(upstream.received.filter(({ method }) => method === 'POST').length, 5)
})

t.test('a reload that takes the route away lets what waits end on the one it came by', async (t) => {
  const { proxy, upstream, block, post, waiting } = await stage(t)
  await block()
  const { answer } = post('x'.repeat(500_000))
  await until('the wait', async () => await waiting() === 1)
  await proxy.replaceRoutes([{ upstream: upstream.url, prefix: '/other', credential: 'other' }])
  t.match(await answer, { status: 200 })
  t.equal(upstream.received.at(-1)?.body?.length, 500_000)
})

t.test('who leaves while waiting gives up the place, and nothing is sent', async (t) => {
  const { upstream, block, post, waiting } = await stage(t)
  await block()
  const { sent } = post('one')
  await until('the wait', async () => await waiting() === 1)
  sent.destroy()
  await until('the place', async () => await waiting() === 0)
  t.equal(upstream.received.length, 1)
})

// The proxy listens on both addresses of localhost, and some tools try one, some the other: then others seemed to be there,
// for whom a fifth of the budget was kept.
t.test('one machine is one client, by whichever loopback address it calls', { skip: !hasIPv6() && 'needs ::1' }, async (t) => {
  const upstream = await startUpstream(t)
  const { port } = await startProxy(t, { routes: [{ upstream: upstream.url }], env: { LANGSMITH_PROXY_LISTEN_HOST: 'localhost', LANGSMITH_PROXY_PACING_BUDGETS_OTHER: '1000/10s' } })
  for (const host of ['127.0.0.1', '[::1]']) t.equal((await fetch(`http://${host}:${String(port)}/x`)).status, 200)
  const page = await (await fetch(`http://127.0.0.1:${String(port)}/-/usage`)).json()
  t.match(page, { budgets: [{ used: 2, clients: [{ client: 'local', used: 2 }] }] })
})

t.test('whoever has one IPv6 address has the /64 around it, and is one client', async (t) => {
  t.strictSame(['2001:db8::1', '2001:db8::ffff:2', '2001:db8:0:1::1', '::', '192.0.2.1'].map(networkOf), [
    '2001:db8:0:0::/64', '2001:db8:0:0::/64', '2001:db8:0:1::/64', '0:0:0:0::/64', '192.0.2.1'
  ])
})

function hasIPv6 (): boolean {
  return Object.values(networkInterfaces()).flat().some((place) => place?.address === '::1')
}
