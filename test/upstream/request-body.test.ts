import type { IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { Readable } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { startExchange } from '../../src/exchange.ts'
import { RequestBody } from '../../src/upstream/request-body.ts'
import { startProxy } from '../support/proxy.ts'
import { until } from '../support/raw-upstream.ts'
import { startUpstream } from '../support/upstream.ts'

const IDLE = 1000

t.test('the time between two pieces of a body counts from when the upstream takes more, not from some point of its pause', async (t) => {
  const request = Object.assign(new Readable({ read () {} }), { complete: false })
  const exchange = startExchange('1', { method: 'POST', url: '/', headers: {} })
  const body = new RequestBody(request as unknown as IncomingMessage, exchange, { idle: IDLE, size: undefined })
  t.teardown(() => body.destroy())
  body.read(0)
  request.push(Buffer.alloc(1 << 20)) // more than waits for an upstream that does not read
  await pause(IDLE * 1.5)
  t.ok(request.isPaused(), 'the client is held back')
  const whole = buffer(body)
  await pause(IDLE * 0.7)
  request.push('rest')
  request.complete = true
  request.push(null)
  t.equal((await whole).length, (1 << 20) + 'rest'.length)
})

t.test('what had arrived while this process was busy is no pause of the client', async (t) => {
  let body: Promise<string> | undefined
  const upstream = await startUpstream(t, { listener: (request, response) => { body = text(request); void body.then(() => response.end()) } })
  const { port } = await startProxy(t, { routes: [{ upstream: upstream.url }], env: { LANGSMITH_PROXY_TIMEOUTS_CLIENT_IDLE: '500ms' } })
  const socket = connect(port, '127.0.0.1')
  t.teardown(() => { socket.destroy() })
  let answer = ''
  socket.setEncoding('latin1').on('data', (piece: string) => { answer += piece })
  socket.write('POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\n12')
  await until(() => body !== undefined, 'the upload is under way')
  socket.write('34') // the system has it before this returns
  for (const end = performance.now() + 1000; performance.now() < end;); // nothing is read meanwhile
  await until(() => answer !== '', 'there is an answer')
  t.match(answer, /^HTTP\/1\.1 200 /)
  t.equal(await body, '1234')
})
