import t from 'tap'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import { request } from 'undici'
import { AnswerWriter } from '../../src/upstream/answer-writer.ts'

type Context = ConstructorParameters<typeof AnswerWriter>[0]

/** Serves each request with an answer that `write` gives. */
async function serve (t: Test, write: (writer: AnswerWriter, response: ServerResponse, exchange: { bytesOut: number }) => void): Promise<string> {
  const server = createServer((request: IncomingMessage, response) => {
    const exchange = { bytesOut: 0 } as Context['exchange']
    request.resume().once('end', () => { write(new AnswerWriter({ request, response, exchange }), response, exchange) })
  })
  t.teardown(() => { server.close(); server.closeAllConnections() })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

for (const [size, body] of [['small', 'ok'], ['large', '0123456789'.repeat(10_000)]] as const) {
  t.test(`${size} answers of one turn go out at its end`, async (t) => { await checkTurn(t, body) })
}

/** Two answers that end in one turn: nothing of them leaves in it. */
async function checkTurn (t: Test, body: string): Promise<void> {
  const answers: { writer: AnswerWriter, exchange: { bytesOut: number } }[] = []
  let early: readonly number[] = []
  const url = await serve(t, (writer, _response, exchange) => {
    answers.push({ writer, exchange })
    if (answers.length < 2) return
    for (const { writer } of answers) {
      writer.begin(200, ['content-length', `${body.length}`])
      writer.push(Buffer.from(body.slice(0, 1)))
      writer.end(Buffer.from(body.slice(1)))
    }
    early = answers.map(({ exchange }) => exchange.bytesOut)
  })
  const received = await Promise.all([piecesFrom(url), piecesFrom(url)])
  t.strictSame(early, [0, 0])
  t.strictSame(answers.map(({ exchange }) => exchange.bytesOut), [body.length, body.length])
  for (const pieces of received) {
    if (body.length < 1000) t.equal(pieces.length, 1)
    t.match(pieces.join(''), /^HTTP\/1\.1 200 OK\r\n/)
    t.ok(pieces.join('').endsWith(`\r\n\r\n${body}`))
  }
}

/** What a connection got, as it was read. */
async function piecesFrom (url: string): Promise<readonly string[]> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname).setEncoding('latin1')
  const pieces: string[] = []
  socket.on('data', (piece: string) => { pieces.push(piece) })
  socket.write('GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n')
  await once(socket, 'close')
  return pieces
}

const breaks: Readonly<Record<string, (response: ServerResponse) => void>> = {
  answer: (response) => { response.destroy() },
  connection: (response) => { response.socket?.destroy() }, // Node tells the answer later
  'writing side': (response) => { response.socket?.end() }
}

for (const [what, end] of Object.entries(breaks)) {
  for (const body of ['ok', 'x'.repeat(100_000)]) {
    t.test(`where the ${what} is gone by then, nothing of ${body.length} bytes counts as sent, and nothing fails`, async (t) => { await checkGone(t, body, end) })
  }
}

async function checkGone (t: Test, body: string, end: (response: ServerResponse) => void): Promise<void> {
  const closed = new Promise<{ sent: number, isFinished: boolean }>((resolve) => {
    void serve(t, (writer, response, exchange) => {
      response.once('error', (error) => { t.fail(error.message) })
      response.once('close', () => { setImmediate(() => { resolve({ sent: exchange.bytesOut, isFinished: response.writableFinished }) }) })
      writer.begin(200, ['transfer-encoding', 'chunked'])
      writer.end(Buffer.from(body))
      end(response)
    }).then((url) => request(url)).catch(() => { /* it was cut off */ })
  })
  t.strictSame(await closed, { sent: 0, isFinished: false })
}
