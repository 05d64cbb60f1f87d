import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { startExchange } from '../../src/exchange.ts'
import { RequestBody } from '../../src/upstream/request-body.ts'

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
