// Everything at once: mixed load, an upstream that breaks off, refuses and dawdles, clients that leave, and meanwhile
// keys and config are replaced, good ones and bad ones, SIGHUP comes, and at last SIGTERM. Each part has tests of its
// own; this one is about what falls between them.

import { renameSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { Pool } from 'undici'
import { CANNOT_MEASURE, startInspected } from './inspected.ts'
import { startUpstream, valuesOf } from '../support/upstream.ts'

const WORKERS = 30
const GOOD_KEYS = ['0a1b2c3d', '1b2c3d4e', '2c3d4e5f', '3d4e5f60'].map(keyFrom)
const BAD_KEY = keyFrom('bad0bad1')
/** Only a hang takes this long. */
const PATIENCE_MS = 20_000

function keyFrom (word: string): string {
  return `lsv2_pt_${word.repeat(4)}_${word.repeat(2).slice(0, 10)}`
}

/** Puts a file in place whole. */
function put (path: string, text: string): void {
  writeFileSync(`${path}.new`, text, { mode: 0o600 })
  renameSync(`${path}.new`, path)
}

/** What the nth request meets; most meet nothing. */
function answer (nth: number, request: IncomingMessage, response: ServerResponse): void {
  if (nth % 7 === 0) request.socket.resetAndDestroy()
  else if (nth % 11 === 0) response.write('whole', () => { setTimeout(() => { request.socket.destroy() }, 2) })
  else if (nth % 13 === 0) response.writeHead(503, { 'retry-after': '900' }).end('later')
  else if (nth % 17 === 0) setTimeout(() => { response.end('whole') }, 100)
  else response.end('whole')
}

/** All that a client may be told while nobody has asked the proxy to stop; `left` are those that went by themselves. */
const BEFORE_END = new Set(['200 upstream', '200 upstream, cut', '503 upstream', '502 upstream-protocol', 'left'])
/** Since then it may also say no, or take no more connections. */
const AFTER_END = new Set([...BEFORE_END, '503 draining', 'ECONNREFUSED', 'ECONNRESET', 'UND_ERR_SOCKET'])

t.test('load, faults, rotation, reloads and the end at the same time: nobody is told nonsense, no POST goes twice, nothing hangs or stays', { skip: CANNOT_MEASURE, timeout: 90_000 }, async (t) => {
  const times = new Map<string, number>()
  const keys = new Set<string | undefined>()
  let nth = 0
  const upstream = await startUpstream(t, {
    listener (request, response) {
      const [key] = valuesOf(request.rawHeaders, 'x-api-key')
      if (request.url?.startsWith('/api/v1/sessions') === true) { // the proxy tries a key
        response.writeHead(key === BAD_KEY ? 403 : 200, { 'content-type': 'application/json' }).end(key === BAD_KEY ? '{"detail":"Forbidden"}' : '[]')
        return
      }
      const tag = `${request.method ?? ''} ${request.url ?? ''}`
      times.set(tag, (times.get(tag) ?? 0) + 1)
      keys.add(key)
      const own = ++nth
      request.resume().once('end', () => { answer(own, request, response) })
    }
  })
  const config = (extra = ''): string => `credentials: { us: { apiKey: "file:key" } }\nroutes:\n  - { prefix: /, upstream: "${upstream.url}", credential: us }\n${extra}`
  const program = await startInspected(t, '', { files: { key: GOOD_KEYS[0] ?? '', 'proxy.yaml': config() } })
  const [keyFile, configFile] = [join(program.folder, 'key'), join(program.folder, 'proxy.yaml')]

  const outcomes: Record<'before' | 'after', Record<string, number>> = { before: {}, after: {} }
  const unanswered: string[] = []
  let ending = false
  let running = true
  let sent = 0

  async function ask (client: Pool, id: number): Promise<string> {
    const isPost = id % 2 === 0
    const leaves = id % 19 === 0
    const signal = leaves ? AbortSignal.timeout(1 + id % 5) : AbortSignal.timeout(PATIENCE_MS)
    try {
      const { statusCode, headers, body } = await client.request({ path: `/runs/${id}`, method: isPost ? 'POST' : 'GET', body: isPost ? '{"id":1}' : null, signal })
      const by = String(headers['x-langsmith-proxy']).replace('proxy; code=', '')
      return await body.text().then(() => `${statusCode} ${by}`, () => signal.aborted ? 'left' : `${statusCode} ${by}, cut`)
    } catch (error) {
      if (leaves && signal.aborted) return 'left'
      return error instanceof Error && 'code' in error ? String(error.code) : String(error)
    }
  }
  async function load (): Promise<void> {
    const client = new Pool(program.url, { connections: WORKERS })
    await Promise.all(Array.from({ length: WORKERS }, async () => {
      while (running) {
        const id = sent++
        const outcome = await ask(client, id)
        if (outcome.startsWith('E') || outcome.startsWith('UND_')) unanswered.push(`/runs/${id}`)
        const counts = outcomes[ending ? 'after' : 'before']
        counts[outcome] = (counts[outcome] ?? 0) + 1
        if (ending) await delay(5)
      }
    }))
    await client.destroy()
  }

  const steps: readonly (() => unknown)[] = [
    () => { put(keyFile, GOOD_KEYS[1] ?? '') },
    () => program.child.kill('SIGHUP'),
    () => { put(configFile, config(`  - { prefix: /more, upstream: "${upstream.url}", credential: us }\n`)) },
    () => { put(keyFile, BAD_KEY) },
    () => { put(configFile, 'routes: [nonsense]') },
    () => program.child.kill('SIGHUP'),
    () => { put(keyFile, GOOD_KEYS[2] ?? '') },
    () => { put(configFile, config('timeouts: { idle: 30s }\n')) },
    () => { put(keyFile, '') },
    () => { put(keyFile, GOOD_KEYS[3] ?? ''); program.child.kill('SIGHUP') }
  ]
  const descriptors = program.descriptors()
  const first = load()
  for (const step of steps) {
    step()
    await delay(400)
  }
  running = false
  await first
  await program.settled(descriptors + 5, () => { upstream.server.closeAllConnections() }) // watches of the files come and go

  running = true
  const second = load()
  await delay(500)
  ending = true
  program.child.kill('SIGTERM')
  const { code, signal } = await program.end()
  running = false
  await second

  t.comment(`${sent} requests; before the end: ${JSON.stringify(outcomes.before)}; after: ${JSON.stringify(outcomes.after)}`)
  for (const outcome of Object.keys(outcomes.before)) t.ok(BEFORE_END.has(outcome), outcome)
  for (const outcome of Object.keys(outcomes.after)) t.ok(AFTER_END.has(outcome), `${outcome}, in the end`)
  t.same({ code, signal }, { code: 0, signal: null })
  t.match(program.lines('proxy.stopped'), [{ cut: 0 }])
  t.same([...times].filter(([tag, count]) => count > (tag.startsWith('POST') ? 1 : 2)), [], 'a POST came once at most, a GET twice')
  t.same([...keys].sort(), [...GOOD_KEYS].sort(), 'each good key was used, whole, and nothing else')
  t.same(unanswered.filter((path) => times.has(`GET ${path}`) || times.has(`POST ${path}`)), [], 'who lost the connection in the end was not sent on either')
  const told = (event: string): number => program.lines(event).length
  t.same([told('credential.rotated'), told('credential.rejected') > 0, told('config.rejected') > 0, told('config.reloaded') >= 4], [3, true, true, true], 'all of it happened')
  t.same([told('internal.failed'), told('descriptors.exhausted')], [0, 0])
})
