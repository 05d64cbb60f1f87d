// Everything that can go wrong at the upstream's end, hundreds of times: what the client gets, what the log says, that
// nothing is left behind, and that the next request is served as soon as the upstream is well again.

import { once } from 'node:events'
import { Server as TlsServer } from 'node:tls'
import t from 'tap'
import type { Test } from 'tap'
import { Pool } from 'undici'
import { CANNOT_MEASURE, startInspected } from './inspected.ts'
import type { Inspected } from './inspected.ts'
import { UPSTREAM_FAULTS } from './upstream-faults.ts'
import type { Fault } from './upstream-faults.ts'
import { createAuthority } from '../support/certificates.ts'
import { rawAnswer, startRawUpstream } from '../support/raw-upstream.ts'
import type { RawUpstream } from '../support/raw-upstream.ts'

const REQUESTS = 300
const CLIENTS = 30
/** Bytes that 300 requests may leave, noise included; were each kept with its answer (some 10 KiB), it would be three times this. */
const MOST_GROWTH = 1024 * 1024

const authority = createAuthority()
const stranger = createAuthority('stranger')
const GOOD = authority.issue()

interface Faulty { readonly fault: Fault, readonly prefix: string, readonly upstream: RawUpstream, readonly heal: () => Promise<void> }

async function startFaulty (t: Test, fault: Fault, at: number): Promise<Faulty> {
  let well = false
  const { certificate } = fault
  const upstream = await startRawUpstream(t, {
    ...(certificate === undefined ? {} : { tls: (certificate.strange === true ? stranger : authority).issue(certificate) }),
    onRequest (socket, head, nth) { if (well) socket.write(rawAnswer('200 OK', 'well')); else fault.act?.(socket, head, nth) }
  })
  if (fault.down === true) upstream.server.close()
  return {
    fault, upstream, prefix: `/fault-${at}`,
    async heal () {
      well = true
      if (upstream.server instanceof TlsServer) upstream.server.setSecureContext(GOOD)
      if (fault.down === true) await once(upstream.server.listen(upstream.port, '127.0.0.1'), 'listening')
    }
  }
}

interface Outcome { readonly answer: string, readonly hint: string }

async function ask (client: Pool, method: 'GET' | 'POST', path: string): Promise<Outcome> {
  const { statusCode, headers, body } = await client.request({ path, method, body: method === 'POST' ? '{"id":1}' : null })
  const by = String(headers['x-langsmith-proxy']).replace('proxy; code=', '')
  return body.text().then(
    (text) => ({ answer: `${statusCode} ${by}`, hint: by === 'upstream' ? '' : (JSON.parse(text) as { hint: string }).hint }),
    () => ({ answer: `${statusCode} ${by}, cut`, hint: '' })
  )
}

/** Sends so many requests, GET and POST in turn. @returns How often each answer came. */
async function run (program: Inspected, prefix: string, requests: number): Promise<Record<string, number>> {
  const client = new Pool(program.url, { connections: CLIENTS })
  const counts: Record<string, number> = {}
  let sent = 0
  const work = async (): Promise<void> => {
    while (sent < requests) {
      const method = sent++ % 2 === 0 ? 'GET' : 'POST'
      const { answer } = await ask(client, method, `${prefix}/runs/${method}`)
      counts[`${method} ${answer}`] = (counts[`${method} ${answer}`] ?? 0) + 1
    }
  }
  try {
    await Promise.all(Array.from({ length: CLIENTS }, work))
  } finally {
    await client.destroy()
  }
  return counts
}

function oneOfEachKind (lines: ReturnType<Inspected['lines']>): Iterable<object> {
  return new Map(lines.map((line) => [JSON.stringify([line.event, line.reason, line.bytes_out]), line])).values()
}

const faulty = await Promise.all(UPSTREAM_FAULTS.map((fault, at) => startFaulty(t, fault, at)))
const program = await startInspected(t, [
  'timeouts: { connect: 2s, firstByte: 1500ms, idle: 1500ms }',
  'routes:', ...faulty.map(({ prefix, upstream }) => `  - { prefix: ${prefix}, upstream: "${upstream.url}", credential: us${upstream.url.startsWith('https') ? ', ca: authority.pem' : ''} }`)
].join('\n'), { files: { 'authority.pem': authority.cert } })

for (const { fault, prefix, upstream, heal } of faulty) {
  t.test(`an upstream that ${fault.name}: ${fault.get.answer}`, { skip: CANNOT_MEASURE }, async (t) => {
    const requests = fault.requests ?? REQUESTS
    const closeAll = (): void => { for (const socket of upstream.sockets) socket.destroy() }
    const idle = program.descriptors()
    await run(program, prefix, CLIENTS) // what is made once for a route and a connection is there after this
    await program.settled(idle, closeAll)
    const [memory, heads, logged] = [await program.memory(), upstream.heads.length, program.lines().length]

    const counts = await run(program, prefix, requests)

    t.same(counts, { [`GET ${fault.get.answer}`]: requests / 2, [`POST ${fault.post.answer}`]: requests / 2 })
    const came = (method: string): number => upstream.heads.slice(heads).filter((head) => head.startsWith(method)).length
    t.same([came('GET'), came('POST')], [fault.get.tries * requests / 2, fault.post.tries * requests / 2], 'sent as often as is allowed')
    await program.settled(idle, closeAll)
    const growth = await program.memory() - memory
    t.ok(growth < MOST_GROWTH, `${requests} requests left ${(growth / 1024).toFixed()} KiB`)

    const lines = program.lines().filter(({ route, level }) => route === prefix && (level === 'error' || level === 'warn'))
    if (fault.line === undefined) t.same(lines, [], 'nothing went wrong')
    else for (const line of oneOfEachKind(lines)) t.match(line, fault.line, 'the log says what')
    t.equal(lines.length > 0, fault.line !== undefined)
    t.ok(lines.filter(({ event }) => event === 'upstream.failed').length <= 3, 'and does not say it 300 times')
    t.equal(program.lines('internal.failed').length, 0)
    t.ok(program.lines().length > logged)

    await heal()
    t.same(await run(program, prefix, 2), { 'GET 200 upstream': 1, 'POST 200 upstream': 1 }, 'served again with the next request')
    await program.settled(idle, closeAll)
  })
}
