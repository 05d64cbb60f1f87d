import t from 'tap'
import { once } from 'node:events'
import { createServer, request as httpRequest } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { noteBodyBytes, onLargeBodies } from '../../src/upstream/free-buffers.ts'
import { startProgram } from '../support/process.ts'
import { TEST_KEY } from '../support/proxy.ts'

const MIB = 1024 * 1024
const PIECE = Buffer.alloc(MIB, 'x')

t.test('young objects are collected for each 16 MiB of bodies, where that can be asked for', async (t) => {
  const asked: unknown[] = []
  const collect = (options: unknown): void => { asked.push(options) }
  t.intercept(globalThis, 'gc', { value: collect })
  let told = 0
  onLargeBodies(() => { told++ })
  for (let i = 0; i < 15; i++) noteBodyBytes(MIB, MIB)
  t.equal(told, 0)
  for (let i = 0; i < 25; i++) noteBodyBytes(MIB, MIB)
  t.strictSame(asked, [{ type: 'minor' }, { type: 'minor' }])
  t.equal(told, 1, 'who waits for the first of them is told once')
  for (let i = 0; i < 40 * 256; i++) noteBodyBytes(4096, 4096)
  t.equal(asked.length, 2, 'small bodies do not count: many objects come with them')
  for (let i = 1; i <= 10 * 256; i++) noteBodyBytes(4096, i * 4096)
  t.equal(asked.length, 3, 'small pieces of a large one do')
  t.intercept(globalThis, 'gc', { value: undefined })
  noteBodyBytes(100 * MIB, 100 * MIB)
  t.equal(asked.length, 3)
})

const isNeeded = process.versions.node.startsWith('20.')
t.test('the program asks for it on Node 20', { skip: isNeeded ? false : 'later versions do not' }, async (t) => {
  const upstream = createServer((request, response) => { request.resume().once('end', () => { response.end('ok') }) })
  t.teardown(() => { upstream.close(); upstream.closeAllConnections() })
  await new Promise<void>((resolve) => { upstream.listen(0, '127.0.0.1', resolve) })
  const program = await startProgram(t, [], {
    nodeArgs: ['--trace-gc'],
    env: { LANGSMITH_API_KEY: TEST_KEY, LANGSMITH_ENDPOINT: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}` }
  })
  const client = httpRequest(`${program.url}/upload`, { method: 'POST', headers: { 'content-length': 66 * MIB } })
  const answered = once(client, 'response') as Promise<[IncomingMessage]>
  await pipeline(Readable.from(Array.from({ length: 66 }, () => PIECE)), client)
  const [{ statusCode: status }] = await answered
  t.equal(status, 200)
  // As V8 calls what a program asked for.
  await program.until('a collection for each 16 MiB', () => program.stdout().match(/Scavenge.*testing/g)?.length === 4 || undefined)
})
