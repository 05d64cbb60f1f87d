// What the clients of the soak do: the calls of SDKs, and everything that goes wrong in a week, mixed.

import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { Agent, request } from 'undici'
import { TAG_HEADER } from './upstream.ts'

/** What one call has come to; anything else is unexpected. */
export type Outcome = 'as expected' | (string & {})

interface Kind {
  readonly name: string
  /** How often, against the others. */
  readonly weight: number
  readonly call: (client: Client) => Promise<Outcome>
}

interface Client {
  readonly url: string
  readonly port: number
  readonly agent: Agent
  readonly tag: () => Record<string, string>
}

const RUN = JSON.stringify({ id: '1c9a6c1e-0000-4000-8000-000000000000', name: 'chain', run_type: 'chain', inputs: { text: 'a question '.repeat(200) }, start_time: '2026-01-01T00:00:00Z' })
const BATCH = JSON.stringify({ post: Array.from({ length: 20 }, () => JSON.parse(RUN) as unknown), patch: [] })
const MULTIPART = randomBytes(300 * 1024) // as good as compressed
const JSON_TYPE = { 'content-type': 'application/json' }

const KINDS: readonly Kind[] = [
  { name: 'read', weight: 30, call: (client) => answered(client, 'GET', '/api/v1/sessions?limit=20', [200]) },
  { name: 'one run', weight: 20, call: (client) => answered(client, 'POST', '/runs', [202], JSON_TYPE, RUN) },
  { name: 'batch', weight: 10, call: (client) => answered(client, 'POST', '/runs/batch', [202], JSON_TYPE, BATCH) },
  { name: 'multipart', weight: 6, call: (client) => answered(client, 'POST', '/runs/multipart', [202], { 'content-type': 'multipart/form-data; boundary=x', 'content-encoding': 'zstd' }, MULTIPART) },
  { name: 'traces', weight: 6, call: (client) => answered(client, 'POST', '/otel/v1/traces', [202], { 'content-type': 'application/x-protobuf' }, MULTIPART.subarray(0, 4096)) },
  { name: 'download', weight: 2, call: (client) => answered(client, 'GET', '/download', [200]) },
  { name: 'stream', weight: 2, call: (client) => answered(client, 'GET', '/stream', [200]) },
  { name: 'new connection', weight: 6, call: (client) => answered(client, 'GET', '/api/v1/sessions', [200], { connection: 'close' }) },
  { name: 'refusal', weight: 4, call: (client) => answered(client, 'GET', '/refused', [403]) },
  { name: 'busy upstream', weight: 2, call: (client) => answered(client, 'GET', '/busy', [503]) },
  { name: 'reset by the upstream', weight: 2, call: (client) => answered(client, 'POST', '/reset', [502], JSON_TYPE, RUN) },
  { name: 'cut by the upstream', weight: 2, call: cut },
  { name: 'denied', weight: 3, call: (client) => answered(client, 'POST', '/runs', [403], { ...JSON_TYPE, origin: 'https://page.example' }, RUN) },
  { name: 'client leaves while it waits', weight: 2, call: (client) => leaves(client, 'GET /never HTTP/1.1\r\nHost: localhost\r\n\r\n') },
  { name: 'client leaves while it sends', weight: 2, call: (client) => leaves(client, `POST /runs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n${RUN}`) },
  { name: 'client leaves while it receives', weight: 1, call: (client) => leaves(client, 'GET /download HTTP/1.1\r\nHost: localhost\r\n\r\n') },
  { name: 'no HTTP', weight: 1, call: (client) => leaves(client, '\x16\x03\x01 what is this') }
]

const WEIGHTS = KINDS.reduce((sum, { weight }) => sum + weight, 0)

export interface Traffic {
  /** Calls by kind. */
  readonly counts: ReadonlyMap<string, number>
  /** Unexpected outcomes, by kind and outcome. */
  readonly surprises: ReadonlyMap<string, number>
  /** Ends it; calls under way finish. */
  readonly stop: () => Promise<void>
}

/** Starts `clients` clients that call one thing after another, each about every `rest` milliseconds. */
export function startTraffic (url: string, clients: number, rest: number): Traffic {
  const agent = new Agent({ connections: clients })
  const counts = new Map<string, number>()
  const surprises = new Map<string, number>()
  const random = createRandom()
  let ended = false
  let tags = 0
  const client: Client = { url, port: Number(new URL(url).port), agent, tag: () => ({ [TAG_HEADER]: String(++tags) }) }

  async function work (): Promise<void> {
    while (!ended) {
      const kind = pick(random())
      const outcome = await kind.call(client).catch((error: unknown) => error instanceof Error ? `${error.name} ${'code' in error ? String(error.code) : ''}` : 'unknown')
      add(counts, kind.name)
      if (outcome !== 'as expected') add(surprises, `${kind.name}: ${outcome}`)
      await pause(rest * 2 * random())
    }
  }
  const workers = Array.from({ length: clients }, work)
  return { counts, surprises, async stop () { ended = true; await Promise.all(workers); await agent.close() } }
}

async function answered (client: Client, method: 'GET' | 'POST', path: string, statuses: readonly number[], headers: Record<string, string> = {}, body?: string | Buffer): Promise<Outcome> {
  const answer = await request(client.url + path, { method, headers: { ...headers, ...client.tag() }, body: body ?? null, dispatcher: client.agent })
  await answer.body.dump({ limit: 8 * 1024 * 1024 })
  return statuses.includes(answer.statusCode) ? 'as expected' : `status ${answer.statusCode}`
}

async function cut (client: Client): Promise<Outcome> {
  const answer = await request(`${client.url}/cut`, { dispatcher: client.agent })
  return answer.body.text().then(() => 'looked complete', () => 'as expected')
}

function leaves ({ port }: Client, bytes: string): Promise<Outcome> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.on('error', () => {}).once('close', () => { resolve('as expected') })
    socket.once('connect', () => {
      socket.write(bytes, 'latin1')
      setTimeout(() => { socket.destroy() }, 50)
    })
  })
}

function pick (at: number): Kind {
  let left = at * WEIGHTS
  const kind = KINDS.find(({ weight }) => (left -= weight) < 0)
  return kind ?? KINDS[0] as Kind
}

function add (counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}

// The same mix in every run (mulberry32, public domain).
function createRandom (): () => number {
  let state = 20_261_121
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
