// limits.inFlight: requests of a client under way at once. A place that is not given back would shut its client out for
// good, so every way in which a request can end is tried, alone and in mixes.

import { request } from 'node:http'
import type { ClientRequest, ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import fc from 'fast-check'
import t from 'tap'
import type { Test } from 'tap'
import { countInFlight } from '../../../src/access/limits/in-flight.ts'
import type { Leave } from '../../../src/access/limits/in-flight.ts'
import { holds } from '../../support/property.ts'
import { eventsOf, limitsEnv, stage, until } from './support.ts'
import type { Stage } from './support.ts'

const MOST = 4
const SETTINGS = { inFlight: String(MOST) }

t.test('whatever comes and goes, also twice: never more than the limit, and no place is lost', async (t) => {
  const step = fc.record({ client: fc.constantFrom('ana', 'bo'), enters: fc.boolean(), at: fc.nat(9), times: fc.integer({ min: 1, max: 3 }) })
  await holds(t, fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 5 }), (steps, most) => {
    const enter = countInFlight()
    const inside: Record<string, Leave[]> = { ana: [], bo: [] }
    for (const { client, enters, at, times } of steps) {
      const places = inside[client] ?? []
      if (!enters) {
        const [leave] = places.splice(at % Math.max(1, places.length), 1)
        for (let i = 0; i < times; i++) leave?.()
        continue
      }
      const leave = enter(client, most)
      if ((leave === undefined) !== (places.length >= most)) throw new Error(`${places.length} of ${most} were taken`)
      if (leave !== undefined) places.push(leave)
    }
  }))
})

interface Held extends Stage {
  /** A request whose answer waits; resolves once it is under way, or was refused. */
  readonly hold: (client: string) => Promise<{ readonly status?: number, readonly sent: ClientRequest }>
  /** Ends the answers that wait. */
  readonly release: () => void
  readonly send: (path: string, method?: string, headers?: Readonly<Record<string, string>>) => ClientRequest
}

async function heldStage (t: Test, limits: Readonly<Record<string, string>> = SETTINGS): Promise<Held> {
  const waiting = new Set<ServerResponse>()
  const made = await stage(t, {
    limits, clients: { ana: {}, bo: {}, reader: { role: 'read-only' } },
    env: { LANGSMITH_PROXY_TIMEOUTS_FIRST_BYTE: '300ms', LANGSMITH_PROXY_LISTEN_BODY_LIMIT: '100000' },
    upstream: { listener (incoming, response) {
      const { url = '' } = incoming
      incoming.on('error', () => {}).resume()
      response.on('error', () => {})
      if (url.startsWith('/reset')) incoming.socket.destroy()
      else if (url.startsWith('/silent')) return
      else if (url.startsWith('/hold')) waiting.add(response.writeHead(200).on('close', () => { waiting.delete(response) }))
      else if (url.startsWith('/break')) response.writeHead(200, { 'content-length': 10 }).write('12345', () => { setImmediate(() => { incoming.socket.destroy() }) })
      else if (url.startsWith('/slow')) response.writeHead(200).write('a', () => { setTimeout(() => { response.end('b') }, 30) })
      else response.end('{}')
      if (url.startsWith('/hold')) response.flushHeaders()
    } }
  })
  const send: Held['send'] = (path, method = 'GET', headers = {}) => request(made.proxy.url + path, { method, agent: false, headers: { 'x-api-key': made.clients.keys.ana ?? '', ...headers } }).on('error', () => {})
  return {
    ...made, send,
    release: () => { for (const response of waiting) response.end() },
    hold: (client) => new Promise((resolve, reject) => {
      const sent = send('/hold', 'GET', { 'x-api-key': made.clients.keys[client] ?? '' })
      t.teardown(() => { sent.destroy() })
      sent.once('error', reject).once('response', (response) => { resolve({ status: response.resume().statusCode ?? 0, sent }) }).end()
    })
  }
}

/** Fills all places, sees that there is no other, and leaves. */
async function assertFree (t: Test, { hold, release, call }: Held, why: string): Promise<void> {
  await until(`all places (${why})`, async () => {
    const statuses = (await Promise.all(Array.from({ length: MOST }, () => hold('ana')))).map(({ status }) => status)
    if (statuses.every((status) => status === 200)) return true
    release() // those that were still ending had a place
    return false
  })
  const refused = await call('ana')
  t.match([refused.status, refused.body.code, refused.retryAfter], [429, 'rate-limited', 1], why)
  release()
}

t.test('one request too many at once goes nowhere, and the answer says which limit', async (t) => {
  const { hold, release, call, proxy, upstream } = await heldStage(t)
  const held = await Promise.all(Array.from({ length: MOST }, () => hold('ana')))
  t.strictSame(held.map(({ status }) => status), [200, 200, 200, 200])
  const refused = await call('ana')
  t.match([refused.status, refused.body.code, refused.retryAfter, refused.body.detail], [429, 'rate-limited', 1, 'client ana has 4 requests under way, which is its limit (limits.inFlight)'])
  t.equal(upstream.received.length, MOST)
  t.equal((await call('bo')).status, 200)
  t.match(eventsOf(proxy, 'request.denied'), [{ code: 'rate-limited', client: 'ana' }])
  release()
  await until('a place', async () => (await call('ana')).status === 200)
})

/** Each sends one request of ana's and resolves once it is over for the caller. */
const ENDINGS: Readonly<Record<string, (held: Held) => Promise<unknown>>> = {
  'an answer': ({ call }) => call('ana', '/x'),
  'an answer to a body': ({ call }) => call('ana', '/x', { method: 'POST', body: 'x'.repeat(50_000) }),
  'an answer in pieces': ({ call }) => call('ana', '/slow'),
  'a connection that the upstream resets': ({ call }) => call('ana', '/reset', { method: 'POST', body: 'x' }),
  'an answer that breaks off': ({ call }) => call('ana', '/break').catch(() => {}),
  'no answer': ({ call }) => call('ana', '/silent'),
  'a body over the limit': ({ send }) => ended(send('/x', 'POST', { 'transfer-encoding': 'chunked' }), (sent) => { sent.write('x'.repeat(150_000)); sent.end() }),
  'a denial': ({ call }) => call('reader', '/x', { method: 'DELETE' }),
  'a caller that leaves before the answer': ({ send }) => ended(send('/silent'), (sent) => { sent.end(); setTimeout(() => { sent.destroy() }, 20) }),
  'a caller that leaves at once': ({ send }) => ended(send('/x'), (sent) => { sent.end(() => { sent.destroy() }) }),
  'a caller that leaves in its body': ({ send }) => ended(send('/x', 'POST', { 'content-length': '1000' }), (sent) => { sent.write('x', () => { setTimeout(() => { sent.destroy() }, 20) }) }),
  'a caller that leaves in the answer': ({ send }) => ended(send('/hold').once('response', (response) => { response.resume(); response.destroy() }), (sent) => { sent.end() })
}

function ended (sent: ClientRequest, begin: (sent: ClientRequest) => void): Promise<unknown> {
  return new Promise((resolve) => {
    sent.once('close', resolve).once('response', (response) => { response.on('error', () => {}).resume() })
    begin(sent)
  })
}

t.test('each way in which a request can end gives its place back', async (t) => {
  const held = await heldStage(t)
  for (const [name, end] of Object.entries(ENDINGS)) {
    for (let round = 0; round < MOST + 1; round++) await end(held) // more than there are places
    await assertFree(t, held, name)
  }
})

t.test('so do mixes of them, with a reload in between', async (t) => {
  const held = await heldStage(t)
  const names = Object.keys(ENDINGS)
  await holds(t, fc.asyncProperty(fc.array(fc.constantFrom(...names), { minLength: 5, maxLength: 12 }), async (mix) => {
    const under = mix.map(async (name) => ENDINGS[name]?.(held))
    await held.proxy.replaceSettings({ ...limitsEnv(SETTINGS), LANGSMITH_PROXY_TIMEOUTS_FIRST_BYTE: '300ms', LANGSMITH_PROXY_LISTEN_BODY_LIMIT: '100000' })
    await Promise.all(under)
  }), { numRuns: 12 })
  await assertFree(t, held, 'after the mixes')
})

t.test('what is under way counts on after a reload, with the new limit', async (t) => {
  const held = await heldStage(t)
  for (let i = 0; i < MOST; i++) await held.hold('ana')
  await held.proxy.replaceSettings(limitsEnv({ inFlight: String(MOST) }))
  t.equal((await held.call('ana')).status, 429)
  await held.proxy.replaceSettings(limitsEnv({ inFlight: String(MOST + 1) }))
  t.equal((await held.call('ana')).status, 200)
  held.release()
})

t.test('what limits.requests refuses takes no place', async (t) => {
  const held = await heldStage(t, { inFlight: '1', requests: '1/1m' })
  t.equal((await held.call('ana')).status, 200)
  for (let i = 0; i < 3; i++) {
    const { body } = await held.call('ana')
    t.match(body.detail, /limits\.requests/)
    await delay(5)
  }
})
