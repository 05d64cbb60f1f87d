// Whoever leaves, wherever he is: the other side hears of it soon, and nobody else does.

import t from 'tap'
import { request as httpRequest } from 'node:http'
import type { ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { request } from 'undici'
import { connectTo } from '../../src/upstream/connections.ts'
import { startProxy, routeOf } from '../support/proxy.ts'
import { rawRequest, sendRaw } from '../support/raw.ts'
import { until } from '../support/raw-upstream.ts'
import { startUpstream } from '../support/upstream.ts'

t.test('a client that leaves while it waits for the head cancels the upstream request, and no other', async (t) => {
  const waiting: ServerResponse[] = []
  const upstream = await startUpstream(t, { listener: (_request, response) => { waiting.push(response) } })
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })
  const others = [1, 2, 3].map(() => request(`${proxy.url}/other`))
  await until(() => waiting.length === 3, 'the others')
  const controller = new AbortController()
  const gone = request(`${proxy.url}/gone`, { signal: controller.signal })
  await until(() => waiting.length === 4, 'the one that leaves')

  controller.abort()
  await t.rejects(gone)

  await until(() => waiting[3]?.destroyed === true, 'the upstream hears of it')
  t.match(await proxy.eventOf('request.aborted'), { by: 'client', path: '/gone', reason: 'CLIENT_LEFT' })
  for (const response of waiting.slice(0, 3)) response.end('fine')
  for (const other of others) t.equal(await (await other).body.text(), 'fine')
  t.equal(proxy.events.filter(({ event }) => event === 'upstream.failed').length, 0)
})

t.test('a client that leaves in the middle of an answer cancels it', async (t) => {
  let upstreamClosed = false
  const upstream = await startUpstream(t, {
    listener (_request, response) {
      response.write('first')
      response.once('close', () => { upstreamClosed = true })
    }
  })
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })
  const answer = await request(`${proxy.url}/runs`)
  answer.body.on('error', () => {}).destroy()

  await until(() => upstreamClosed, 'the upstream hears of it')
  t.match(await proxy.eventOf('request.aborted'), { by: 'client', status: 200, bytes_out: 5 })
})

// An upload that breaks off must not look complete: half a batch of runs would be stored as the whole.
for (const framing of ['Content-Length: 1000', 'Transfer-Encoding: chunked']) {
  t.test(`a client that leaves in the middle of an upload (${framing}) cancels it, and it never looks complete`, async (t) => {
    const upstream = await startUpstream(t, {})
    const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })
    const client = connect({ port: proxy.port, host: '127.0.0.1' })
    client.write(rawRequest('POST', '/runs', [framing], framing.startsWith('T') ? '5\r\nhello\r\n' : 'hello'))
    await until(() => upstream.received.length === 1, 'the request')

    client.destroy()

    await until(() => upstream.received[0]?.aborted === true, 'the upstream hears of it')
    t.equal(upstream.received[0]?.body, undefined)
    t.match(await proxy.eventOf('request.aborted'), { by: 'client', bytes_in: 5 })
    t.equal((await request(`${proxy.url}/next`)).statusCode, 200)
  })
}

t.test('a request never waits in line behind the open answers of others', async (t) => {
  const waiting: ServerResponse[] = []
  const upstream = await startUpstream(t, { listener: (request, response) => { if (request.url === '/other') waiting.push(response); else response.end('fine') } })
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })
  const others = Array.from({ length: 300 }, () => request(`${proxy.url}/other`))
  await until(() => waiting.length === 300, 'many answers are open')

  t.equal(await (await request(`${proxy.url}/next`)).body.text(), 'fine')

  for (const response of waiting) response.end('fine')
  for (const other of others) t.equal((await other).statusCode, 200)
})

t.test('a pipelining client that leaves cancels its request under way, and the others are never sent', async (t) => {
  const waiting: ServerResponse[] = []
  const upstream = await startUpstream(t, { listener: (_request, response) => { waiting.push(response) } })
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })
  const client = connect({ port: proxy.port, host: '127.0.0.1' })
  client.write(rawRequest('GET', '/one') + rawRequest('GET', '/two') + rawRequest('GET', '/three'))
  await until(() => waiting.length === 1, 'the first one')

  client.destroy()

  await until(() => waiting.every(({ destroyed }) => destroyed), 'the upstream hears of it')
  await proxy.eventOf('request.aborted')
  t.equal(waiting.length, 1)
  t.equal(await proxy.proxy.drain('SIGTERM'), 0, 'none is still counted as under way')
})

t.test('an answer before the body was read reaches a client that goes on sending, then the connection closes', async (t) => {
  for (const [status, headers] of [[413, { 'content-length': 9 }], [401, {}], [200, {}]] as const) {
    const upstream = await startUpstream(t, { listener: (_request, response) => { response.writeHead(status, headers).end('too large') } })
    const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })
    const client = httpRequest(`${proxy.url}/runs`, { method: 'POST', headers: { 'transfer-encoding': 'chunked' } })
    const piece = Buffer.alloc(256 * 1024)
    let open = true
    const more = (): void => { while (open && client.write(piece)); }
    client.on('drain', more).once('close', () => { open = false })
    const answer = await new Promise<{ status: number | undefined, body: string, close: string | undefined }>((resolve, reject) => {
      client.once('error', reject).once('response', (response) => {
        let body = ''
        open = false
        response.on('data', (chunk: Buffer) => { body += chunk.toString() }).once('error', reject)
        response.once('end', () => { resolve({ status: response.statusCode, body, close: response.headers.connection }) })
      })
      more()
    })

    t.strictSame(answer, { status, body: 'too large', close: 'close' })
    client.on('error', () => {}).destroy()
    t.match(await proxy.eventOf('request.completed'), { status })
  }
})

// Closing a connection on which unread bytes wait resets it. A client that is still writing then sees its
// write fail and never looks at the answer that says why.
for (const headers of [{ 'content-length': 9 }, {}]) {
  t.test(`a client that only reads after it has written sees an early answer ${'content-length' in headers ? 'of known length' : 'in chunks'}`, async (t) => {
    const upstream = await startUpstream(t, { listener: (_request, response) => { response.writeHead(413, headers).end('too large') } })
    const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })
    const client = connect({ port: proxy.port, host: '127.0.0.1' })
    t.teardown(() => { client.destroy() })
    let text = ''
    let error: Error | undefined
    client.on('data', (chunk: Buffer) => { text += chunk.toString() }).on('error', (cause) => { error = cause }).pause()
    client.write(rawRequest('POST', '/runs', ['Content-Length: 1000000'], 'x'))
    await until(() => upstream.received.length === 1, 'the request')
    for (let pieces = 0; pieces < 6; pieces++) {
      await delay(50)
      client.write(Buffer.alloc(10_000))
    }

    client.resume()

    await until(() => /^HTTP\/1\.1 413 [^]*\r\n\r\n(?:9\r\n)?too large/.test(text), 'the answer')
    t.equal(error, undefined)
  })
}

t.test('an early answer is followed by no other request on that connection', async (t) => {
  const upstream = await startUpstream(t, { listener: (_request, response) => { response.end('early') } })
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })

  const { text } = await sendRaw(proxy.port, [rawRequest('POST', '/runs', ['Content-Length: 60'], 'x'), rawRequest('GET', '/smuggled')], 3000)

  t.match(text, /^HTTP\/1\.1 200 OK\r\n[^]*Connection: close/i)
  t.strictSame(upstream.received.map(({ url }) => url), ['/runs'])
})

// An 'error' event that nobody listens to ends the process, and with it everybody's requests.
t.test('three hundred clients that break off anywhere leave a proxy that serves, counts right and warns of nothing', async (t) => {
  const warnings: string[] = []
  const onWarning = (warning: Error): void => { warnings.push(warning.message) }
  process.on('warning', onWarning)
  t.teardown(() => { process.off('warning', onWarning) })
  let count = 0
  const upstream = await startUpstream(t, {
    listener (request, response) {
      switch (request.url === '/fine' ? 0 : count++ % 6) {
        case 0: request.resume().once('end', () => { response.end('fine') }); return
        case 1: response.writeHead(200).write('x'.repeat(100_000)); return
        case 2: response.socket?.resetAndDestroy(); return
        case 3: response.writeHead(401).write('{"detail"'); return
        case 4: response.end('early'); return
        default: response.writeHead(403).write('x'.repeat(5000)); setTimeout(() => { response.socket?.destroy() }, 10)
      }
    }
  })
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })
  const requests = [
    rawRequest('GET', '/a'), rawRequest('POST', '/b', ['Content-Length: 100000'], 'x'.repeat(50_000)), rawRequest('POST', '/c', ['Transfer-Encoding: chunked'], '5\r\nhello\r\nzz'),
    rawRequest('GET', '/d') + rawRequest('GET', '/e') + rawRequest('GET', '/f'), rawRequest('POST', '/g', ['Expect: 100-continue', 'Content-Length: 5']), rawRequest('HEAD', '/h')
  ]
  await Promise.all(Array.from({ length: 300 }, async (_, i) => {
    const client = connect({ port: proxy.port, host: '127.0.0.1' }).on('error', () => {}).resume()
    client.write(requests[i % requests.length] ?? '')
    await delay((i * 7) % 60)
    if (i % 2 === 0) client.resetAndDestroy()
    else client.destroy()
  }))

  for (let i = 0; i < 30; i++) t.equal(await (await request(`${proxy.url}/fine`, { method: 'POST', body: 'x' })).body.text(), 'fine')
  t.equal(await proxy.proxy.drain('SIGTERM'), 0)
  t.strictSame(proxy.events.filter(({ event }) => event === 'internal.failed'), [])
  t.strictSame(warnings, [])
})

t.test('connections that are closed leave nothing behind', async (t) => {
  const upstream = await startUpstream(t, { listener: () => {} })
  const connections = connectTo(routeOf({ upstream: upstream.url }), { connect: 1000, firstByte: 1000, idle: 1000, clientIdle: 1000 }, undefined)
  const failed = connections.pooled.request({ path: '/', method: 'GET', origin: upstream.url }).catch((error: unknown) => error)
  await until(() => upstream.received.length === 1, 'the request')

  await connections.close()

  t.match(await failed, Error)
  await until(() => upstream.received[0]?.aborted === true, 'the upstream hears of it')
})

// A client that pipelines many requests behind a slow one: each waits here with its head.
t.test('a client that pipelines more than it can wait for is cut, and others are served', async (t) => {
  const upstream = await startUpstream(t, { listener: (request, response) => { if (request.url === '/next') response.end('fine') } })
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })
  const client = connect({ port: proxy.port, host: '127.0.0.1' })
  client.on('error', () => {})
  client.write(rawRequest('GET', '/slow').repeat(3000))
  await new Promise((resolve) => { client.once('close', resolve) })

  t.equal(await (await request(`${proxy.url}/next`)).body.text(), 'fine')
  await proxy.eventOf('request.aborted')
  t.ok(upstream.received.length <= 2, 'the slow one and /next')
})
