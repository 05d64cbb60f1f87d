// Clients that leave or stall, hundreds of them at each stage of a request: the upstream's side of it ends, everybody
// else is served, the log blames the right one, and nothing is left behind.

import type { ServerResponse } from 'node:http'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { request } from 'undici'
import { CANNOT_MEASURE, startInspected } from './inspected.ts'
import { rawRequest } from '../support/raw.ts'
import { startUpstream } from '../support/upstream.ts'

const CLIENTS = 300
const AT_ONCE = 30
/** What so many clients may leave in memory, noise included. */
const MOST_GROWTH = 1024 * 1024

/** What a client waits for before it leaves: some time, the first bytes of the answer, or the end of the connection. */
type Moment = 'at once' | 'later' | 'answered' | 'closed'

interface Stage {
  /** Continues "clients that …". */
  readonly name: string
  readonly sends: string
  readonly leaves: Moment
  /** Takes nothing of the answer. */
  readonly reads?: false
  /** The line that each of them leaves in the log (of those that leave at once: each that was seen); undefined for none. */
  readonly line: Readonly<Record<string, unknown>> | undefined
  /** The answer of those who stay to see it. */
  readonly answer?: RegExp
}

const left = { event: 'request.aborted', level: 'debug', by: 'client', reason: 'CLIENT_LEFT' }
const post = (framing: string, body: string): string => rawRequest('POST', '/runs', [framing], body)

const STAGES: readonly Stage[] = [
  { name: 'connect and leave', sends: '', leaves: 'later', line: undefined },
  { name: 'leave in the head', sends: rawRequest('GET', '/runs').slice(0, 30), leaves: 'later', line: undefined },
  { name: 'leave after the head', sends: post('Content-Length: 100', ''), leaves: 'later', line: left },
  { name: 'leave in a counted body', sends: post('Content-Length: 100', 'hello'), leaves: 'later', line: left },
  { name: 'leave in the middle of chunks', sends: post('Transfer-Encoding: chunked', '5\r\nhello\r\n'), leaves: 'later', line: left },
  { name: 'leave before the proxy has read a word', sends: rawRequest('GET', '/silent'), leaves: 'at once', line: left },
  { name: 'leave while they wait', sends: rawRequest('GET', '/silent'), leaves: 'later', line: left },
  { name: 'leave in the answer', sends: rawRequest('GET', '/stream'), leaves: 'answered', line: { ...left, status: 200 } },
  { name: 'stop reading a large answer and leave', sends: rawRequest('GET', '/large'), leaves: 'answered', reads: false, line: { ...left, status: 200 } },
  { name: 'leave in a refusal that is held back', sends: rawRequest('GET', '/refused'), leaves: 'later', line: left },
  { name: 'leave an idle connection', sends: rawRequest('GET', '/fine'), leaves: 'answered', line: { event: 'request.completed', level: 'info', status: 200 } },
  { name: 'stop in the middle of a body', sends: post('Content-Length: 100', 'hello'), leaves: 'closed', line: { event: 'request.completed', level: 'info', code: 'request-timeout', status: 408 }, answer: /^HTTP\/1\.1 408 [^]*"code":"request-timeout"/ }
]

/** More than fits into the buffers on the way. */
const LARGE = Buffer.alloc(32 * 1024 * 1024)

function answerAt (url: string | undefined, response: ServerResponse): void {
  switch (url) {
    case '/silent': return
    case '/stream': response.writeHead(200).write('first'); return
    case '/large': response.end(LARGE); return
    case '/refused': response.writeHead(403).write('{"detail"'); return
    case '/runs': response.req.resume().once('end', () => { response.end() }); return
    default: response.end('fine')
  }
}

/** One client from its first byte to its end. @returns What it got. */
async function visit (port: number, { sends, leaves, reads }: Stage, nth: number): Promise<string> {
  const socket: Socket = connect(port, '127.0.0.1')
  let text = ''
  const seen = new Promise<void>((resolve) => {
    socket.on('error', () => {}).once('close', () => { resolve() })
    if (reads === false) socket.once('readable', () => { resolve() })
    else socket.on('data', (piece: Buffer) => { text += piece.toString('latin1'); if (leaves === 'answered') resolve() })
  })
  socket.write(sends)
  if (leaves === 'later') await delay(40 + nth % 20)
  else if (leaves === 'at once') await new Promise((resolve) => { socket.once('connect', resolve) })
  else await seen
  if (nth % 2 === 0) socket.destroy()
  else socket.resetAndDestroy()
  return text
}

const answering = new Set<ServerResponse>()
const upstream = await startUpstream(t, {
  listener (request, response) {
    answering.add(response)
    response.once('close', () => { answering.delete(response) })
    answerAt(request.url, response)
  }
})
const program = await startInspected(t, `timeouts: { clientIdle: 1s }\nroutes: [{ prefix: /, upstream: "${upstream.url}", credential: us }]`)

async function visitAll (stage: Stage, clients: number): Promise<string[]> {
  const texts: string[] = []
  let sent = 0
  const work = async (): Promise<void> => { while (sent < clients) texts.push(await visit(program.port, stage, sent++)) }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return texts
}

await visitAll({ name: 'warm up', sends: rawRequest('GET', '/fine'), leaves: 'answered', line: undefined }, CLIENTS)

for (const stage of STAGES) {
  t.test(`clients that ${stage.name}`, { skip: CANNOT_MEASURE }, async (t) => {
    const idle = program.descriptors()
    const settle = async (): Promise<void> => {
      await program.until('the upstream to hear of it', () => answering.size === 0 || undefined)
      await program.settled(idle, () => { upstream.server.closeAllConnections() })
    }
    const clients = stage.leaves === 'closed' ? AT_ONCE : CLIENTS
    await visitAll(stage, AT_ONCE)
    await settle()
    const [memory, logged] = [await program.memory(), program.lines().length]

    const [texts, { statusCode }] = await Promise.all([visitAll(stage, clients), request(`${program.url}/others`, { reset: true })])

    t.equal(statusCode, 200, 'others are served')
    if (stage.answer !== undefined) for (const text of texts) t.match(text, stage.answer)
    await settle()
    const growth = await program.memory() - memory
    t.ok(growth < MOST_GROWTH, `${clients} clients left ${(growth / 1024).toFixed()} KiB`)

    const lines = program.lines().slice(logged).filter(({ path }) => path !== '/-/metrics' && path !== '/others')
    t.same(lines.filter(({ event }) => event === 'upstream.failed' || event === 'internal.failed'), [], 'nobody else is blamed')
    const ends = lines.filter(({ event }) => event === 'request.aborted' || event === 'request.completed')
    if (stage.line === undefined) t.same(ends, [], 'there was no request')
    else t.match(ends, ends.map(() => stage.line), 'each leaves its line')
    if (stage.line !== undefined && stage.leaves !== 'at once') t.ok(ends.length > clients * 0.9 && ends.length <= clients, `${ends.length} of ${clients} were seen before they left`)
  })
}

t.test('a connection that ends in the middle of a request is told so, as far as its client still reads', { skip: CANNOT_MEASURE }, async (t) => {
  for (const sends of [rawRequest('GET', '/runs').slice(0, 30), post('Transfer-Encoding: chunked', '5\r\nhel')]) {
    const socket = connect({ port: program.port, host: '127.0.0.1', allowHalfOpen: true })
    let text = ''
    socket.end(sends)
    for await (const piece of socket) text += String(piece)
    t.match(text, /^HTTP\/1\.1 400 [^]*"detail":"the connection ended in the middle of a request"/)
  }
})
