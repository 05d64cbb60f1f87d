// Nine clients that call once a second and one that floods share a key whose upstream holds it to the published budget.

import { Agent, request } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import type { Test } from 'tap'
import { defaultWorld } from '../../src/sandbox/default-world.ts'
import { startSandbox } from '../../src/sandbox/sandbox.ts'
import { makeClients } from '../access/clients/support.ts'
import { startProxy } from '../support/proxy.ts'

const SECONDS = 24
const FLOOD_AT_ONCE = 40
const CALM = Array.from({ length: 9 }, (_, at) => `calm${String(at)}`)

interface Seen {
  /** From the first try until it worked, in milliseconds. */
  readonly times: number[]
  tooMany: number
}

t.test('with pacing nobody but the one who floods meets a 429, and nobody else waits', async (t) => {
  const off = await run(t, 'off')
  const on = await run(t, 'on')
  for (const [mode, { calm, flood }] of Object.entries({ off, on })) {
    t.comment(`pacing ${mode}: nine calm clients: ${String(calm.times.length)} requests, ${String(calm.tooMany)} × 429, p50 ${p(calm, 0.5)} ms, p95 ${p(calm, 0.95)} ms; the flood: ${String(flood.times.length)} × 200, ${String(flood.tooMany)} × 429`)
  }
  t.ok(off.calm.tooMany > 0, 'without it they do')
  t.equal(on.calm.tooMany, 0)
  t.ok(Number(p(on.calm, 0.95)) <= 0.2 * Number(p(off.calm, 0.95)))
  t.ok(on.flood.times.length > 0.5 * off.flood.times.length, 'the flood still gets most of the budget')
})

async function run (t: Test, mode: 'on' | 'off'): Promise<{ readonly calm: Seen, readonly flood: Seen }> {
  const world = defaultWorld()
  const sandbox = await startSandbox({ world, budgets: true })
  t.teardown(() => sandbox.close())
  const clients = await makeClients(t, Object.fromEntries([...CALM, 'flood'].map((name) => [name, {}])))
  const key = world.keys.find(({ name }) => name === 'good-us')?.value
  if (key === undefined) throw new Error('no key')
  const proxy = await startProxy(t, {
    routes: [{ upstream: sandbox.regions.us.url, key }], clients: clients.live,
    env: { LANGSMITH_PROXY_CLIENTS_REQUIRED: 'true', LANGSMITH_PROXY_PACING_MODE: mode, LANGSMITH_PROXY_PACING_BUDGETS_OTHER: '1000/10s', LANGSMITH_PROXY_LOG_LEVEL: 'silent' }
  })
  const end = performance.now() + SECONDS * 1000
  const agent = new Agent({ keepAlive: true })
  t.teardown(() => { agent.destroy() })
  const calm: Seen = { times: [], tooMany: 0 }
  const flood: Seen = { times: [], tooMany: 0 }
  const call = (client: string, seen: Seen): Promise<number> => once(`${proxy.url}/api/v1/sessions?limit=1`, clients.keys[client] ?? '', agent, seen)

  async function untilItWorks (client: string): Promise<void> {
    const begun = performance.now()
    for (;;) {
      const seconds = await call(client, calm)
      if (seconds === 0) break
      await pause(Math.min(seconds * 1000, Math.max(0, end + 10_000 - performance.now())))
    }
    calm.times.push(performance.now() - begun)
  }

  async function calmly (client: string, at: number): Promise<void> {
    await pause(at * 100)
    while (performance.now() < end) {
      const next = pause(1000)
      await untilItWorks(client)
      await next
    }
  }

  async function flooding (): Promise<void> {
    await pause(1500)
    while (performance.now() < end) {
      const begun = performance.now()
      const seconds = await call('flood', flood)
      if (seconds === 0) flood.times.push(performance.now() - begun)
      else await pause(20) // it does not care for Retry-After
    }
  }

  await Promise.all([...CALM.map(calmly), ...Array.from({ length: FLOOD_AT_ONCE }, flooding)])
  await proxy.proxy.close()
  return { calm, flood }
}

/** @returns The seconds to wait; 0 where it worked. */
function once (url: string, key: string, agent: Agent, seen: Seen): Promise<number> {
  return new Promise((resolve, reject) => {
    request(url, { agent, headers: { 'x-api-key': key } }, (response) => {
      response.resume().once('end', () => {
        if (response.statusCode === 200) {
          resolve(0)
          return
        }
        if (response.statusCode !== 429) {
          reject(new Error(`status ${String(response.statusCode)}`))
          return
        }
        seen.tooMany++
        resolve(Number(response.headers['retry-after']))
      })
    }).once('error', reject).end()
  })
}

function p ({ times }: Seen, part: number): string {
  return (times.toSorted((a, b) => a - b)[Math.floor(times.length * part)] ?? Infinity).toFixed(0)
}
