// No secret leaks (principle 6): random secrets through every way out, and no run of 8 bytes of what follows a
// key's public prefix is anywhere. canary.test.ts drives more places with one key; this drives fewer with many.

import assert from 'node:assert'
import { chmodSync, writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { inspect, format } from 'node:util'
import { serialize } from 'node:v8'
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { pino } from 'pino'
import t from 'tap'
import { makeClientKey } from '../src/access/clients/client-key.ts'
import { refusalsAsJson, refusalsAsText } from '../src/admin/refusals-page.ts'
import type { Diagnosis } from '../src/diagnosis/diagnosis.ts'
import { ProxyError } from '../src/errors.ts'
import type { ProxyEvent } from '../src/events.ts'
import { startExchange } from '../src/exchange.ts'
import { recordIn } from '../src/observe/audit/record.ts'
import { createLogger } from '../src/observe/logger.ts'
import { createRecentRefusals } from '../src/observe/recent-refusals.ts'
import { createTerminalFormat } from '../src/observe/terminal.ts'
import { Secret } from '../src/secrets/secret.ts'
import { CredentialSlot } from '../src/secrets/slot.ts'
import { createMasks } from '../src/swap/masks.ts'
import { anyKeys, langsmithKeys, received, refuseLeak, stringsOf } from './support/leaks.ts'
import { startProgram } from './support/process.ts'
import { holds } from './support/property.ts'
import { slotOf, startProxy } from './support/proxy.ts'
import { rawRequest, sendRaw } from './support/raw.ts'
import type { RawAnswer } from './support/raw.ts'
import { startUpstream, valuesOf } from './support/upstream.ts'

/** Every way by which a value becomes text by accident. */
function printed (secret: Secret): readonly string[] {
  const holders: readonly unknown[] = [secret, { secret }, [secret], new Map([[secret, secret]]), new Set([secret]), Object.assign(new Error('failed'), { secret }), slotOf('name', secret.reveal())]
  const error = new ProxyError('secret-unusable', `the key ${String(secret)} is unusable`, { cause: new AggregateError([new Error('inner', { cause: secret })], 'outer') })
  const thrown = caught(() => { assert.deepStrictEqual({ secret }, { secret: new Secret('another') }) })
  const others = [caught(() => { assert.strictEqual(secret, 1) }), caught(() => { assert.match(secret as unknown as string, /x/) }), caught(() => { assert.fail(secret as unknown as string) })]
  const lines: string[] = []
  const logger = pino({ level: 'trace', serializers: { err: pino.stdSerializers.err, error: pino.stdSerializers.errWithCause } }, { write: (line: string) => { lines.push(line) } })
  logger.child({ secret }).info({ secret, err: error, error, deep: { list: [secret] } }, 'text %s %o %O %j', secret, secret, secret, secret)
  logger.error(error)
  const { port1, port2 } = new MessageChannel()
  port1.postMessage({ secret })
  const posted: unknown = receiveMessageOnPort(port2)
  port1.close()
  const accidental = secret as unknown as string
  return [
    // eslint-disable-next-line @typescript-eslint/restrict-plus-operands, @typescript-eslint/restrict-template-expressions -- what this is about
    `${secret}`, 'text ' + secret, accidental + accidental, String(secret), [secret].join(), `${[secret]}`,
    ...holders.flatMap((holder) => [
      JSON.stringify(holder), JSON.stringify(holder, null, 2), inspect(holder, { showHidden: true, depth: Infinity, getters: true, compact: false, maxStringLength: Infinity }),
      inspect(holder, { customInspect: false, showHidden: true, depth: Infinity, getters: true }), format('%s %o %O %j %d', holder, holder, holder, holder, holder), format(holder)
    ]),
    ...[...thrown, ...others.flat(), error.message, error.stack ?? '', inspect(error, { showHidden: true, depth: Infinity })],
    inspect([Object.entries(secret), Object.getOwnPropertyDescriptors(secret), Reflect.ownKeys(secret), Object.assign({}, secret)], { depth: Infinity, showHidden: true }),
    inspect(structuredClone({ secret })), inspect(posted, { depth: Infinity }), serialize({ secret }).toString('latin1'), serialize({ secret }).toString('utf16le'), ...lines
  ]
}

function caught (act: () => void): readonly string[] {
  try {
    act()
  } catch (error) {
    const { message, stack = '' } = error as Error
    return [message, stack, inspect(error, { showHidden: true, depth: Infinity })]
  }
  return []
}

t.test('a Secret prints as nothing, by any route', async (t) => {
  await holds(t, fc.property(anyKeys, (key) => {
    for (const [at, text] of printed(new Secret(key)).entries()) refuseLeak(`route ${at}`, text, key)
  }), { numRuns: 200 })
})

type EventOf<Name extends ProxyEvent['event']> = Omit<Extract<ProxyEvent, { event: Name }>, 'event'>

/**
 * Every event there is, with `text` in every field that others can put words into: callers, upstreams, programs,
 * whoever wrote the config. The other fields are ours: words of this program, IDs and fingerprints that it made, numbers.
 */
function eventsWith (text: string): { readonly [Name in ProxyEvent['event']]: EventOf<Name> } {
  const request = { reqId: '1', method: 'GET', path: text, route: text, credential: text, client: text }
  const of = { credential: text, secret_ref: text }
  const counts = { duration_ms: 1, bytes_in: 0, bytes_out: 0 }
  const said = { message: text, hint: text }
  const names = [text, `x${text}`]
  const ours = { fingerprint: '00000000', status: 403 }
  const diagnosis: Diagnosis = { probed: false, code: 'key-revoked', summary: text, causes: [{ code: 'key-revoked', confidence: 'likely', summary: text, fix: text }] }
  return {
    'request.completed': { ...request, ...counts, status: 200, source: 'upstream', query_removed: names },
    'request.aborted': { ...request, ...counts, by: 'upstream', reason: text },
    'request.denied': { ...request, code: 'no-route', status: 421, detail: text, hint: text, peer: text },
    'role.would_deny': { ...request, code: 'role-denied', role: text, of: 'client', detail: text },
    'upstream.failed': { ...request, code: 'upstream-tls', upstream: text, reason: text, detail: text, hint: text },
    'upstream.retried': { ...request, reason: text },
    'redirect.foreign': { ...request, target: text },
    'refusal.diagnosed': {
      ...request, ...ours, secret_ref: text, upstream_request_id: text, excerpt: text, diagnosis
    },
    'refusal.explained': { ...request, ...ours, region: text, secret_ref: text, diagnosis },
    'answer.diagnosed': { ...request, ...ours, region: text, secret_ref: text, upstream_request_id: text, excerpt: text, diagnosis },
    'route.checked': { ...of, ...ours, route: text, region: text, result: 'refused', reason: text, diagnosis },
    'refusal.repeated': { credential: text, code: 'key-revoked', count: 1 },
    'events.repeated': { of: 'request.denied', code: 'no-route', count: 1 },
    'proxy.started': { url: text, version: '1', config: text, routes: [{ prefix: text, upstream: text, credential: text, secret_ref: text, workspace: true, via: text }] },
    'config.noticed': { code: 'code', ...said },
    'proxy.draining': { signal: 'SIGTERM', in_flight: 1 },
    'proxy.stopped': { cut: 0 },
    'config.reloaded': { by: 'file', routes_added: names, routes_removed: names, routes_changed: names, changed: names, needs_restart: names },
    'config.rejected': { by: 'file', code: 'config-invalid', ...said },
    'clients.reloaded': { added: names, removed: names, changed: names },
    'clients.rejected': { code: 'config-invalid', ...said },
    'redis.failed': { reason: text, clients: 'open', hint: text },
    'redis.recovered': {},
    'certificate.reloaded': { expires_at: '2026-01-31T12:00:00.000Z' },
    'certificate.rejected': { code: 'config-invalid', ...said },
    'certificate.expiring': { expires_at: '2026-01-31T12:00:00.000Z', days_left: 1 },
    'credential.rotated': { ...of, to: '00000000', test: 'untold', reason: text },
    'credential.rejected': { ...of, ...ours, kept: '00000000' },
    'credential.reverted': { ...of, from: '00000000', to: '00000001', status: 403 },
    'credential.failed': { ...of, code: 'secret-unreadable', detail: text, hint: text },
    'credential.recovered': of,
    'credential.expiring': { ...of, fingerprint: '00000000', expires_at: '2026-01-31T12:00:00.000Z', days_left: 1 },
    'signal.ignored': { signal: 'SIGHUP' },
    'internal.failed': { name: text, reason: text, at: text },
    'log.lost': { lines: 1 },
    'log.level_changed': { from: 'info', to: 'silent' },
    'audit.lost': { lines: 1 },
    'audit.failed': { code: 'audit-unwritable', ...said },
    'descriptors.exhausted': { code: 'overloaded', reason: 'r', hint: 'h' }
  }
}

t.test('no event carries a secret into the log, neither as JSON nor at a terminal', async (t) => {
  const format = createTerminalFormat(false)
  // Another person's key, which this process cannot know, is told by its form.
  await holds(t, fc.property(anyKeys, langsmithKeys, (known, foreign) => {
    const masks = createMasks()
    masks.learn(new Secret(known))
    let log = ''
    const { emit: logger } = createLogger({ level: 'debug', maskText: masks.maskText, maskLine: masks.maskLine, write: (line) => { log += line } })
    const events = Object.entries(eventsWith(`file:/a/${known}, ${foreign}/b#${known}`))
    for (const [event, fields] of events) logger({ event, ...fields } as ProxyEvent)
    assert.equal(log.split('\n').length, events.length + 1)
    refuseLeak('the log', log, known, foreign)
    refuseLeak('the log, read as JSON', stringsOf(log), known, foreign)
    for (const line of log.trimEnd().split('\n')) refuseLeak('the terminal', format(line), known, foreign)
    const recent = createRecentRefusals({ maskText: masks.maskText, now: Date.now })
    for (const [event, fields] of events) recent.emit({ event, ...fields } as ProxyEvent)
    assert.equal(recent.list().length, 3)
    const page = refusalsAsJson(recent.list())
    for (const text of [page, stringsOf(page), refusalsAsText(recent.list())]) refuseLeak('the page of refusals', text, known, foreign)
  }), { numRuns: 150 })
})

t.test('no secret gets into the audit record, wherever it stands in a request or in names of the config', async (t) => {
  await holds(t, fc.property(anyKeys, langsmithKeys, fc.uuid(), (known, foreign, idLikeKey) => {
    const masks = createMasks()
    for (const key of [known, idLikeKey]) masks.learn(new Secret(key))
    let text = ''
    const record = recordIn({ isOpen: () => true, write: (line) => { text += line } }, masks.maskText, Date.now)
    for (const path of [known, foreign, idLikeKey].map(inTarget)) {
      const exchange = startExchange('1', { method: 'DELETE', url: `/runs/${path}/x${path}?k=${path}`, headers: {} }, { address: '127.0.0.1', isForwarded: false })
      Object.assign(exchange, { client: known, route: `/${foreign}`, credential: known })
      record({ exchange, status: 200, cut: undefined, duration: 1 })
    }
    assert.equal(text.split('\n').length, 4)
    refuseLeak('the record', text, known, foreign, idLikeKey)
    refuseLeak('the record, read as JSON', stringsOf(text), known, foreign, idLikeKey)
  }), { numRuns: 200 })
})

// The usual mistake: a whole line of a .env file, or of a command, as the value.
t.test('a key with a name around it hides the key in the log, and not the name that the message is about', async (t) => {
  const SAYS = 'the key of credential "default" (env:LANGSMITH_API_KEY) starts with a name (without a config file: LANGSMITH_ENDPOINT; export, Bearer, X-API-Key, Authorization)'
  const around = [
    (key: string) => `LANGSMITH_API_KEY=${key}`, (key: string) => `LANGSMITH_API_KEY="${key}"`, (key: string) => `'LANGSMITH_API_KEY=${key}'`, (key: string) => `export LANGSMITH_API_KEY='${key}'`,
    (key: string) => `LANGSMITH_API_KEY: ${key}`, (key: string) => `X-API-Key: ${key}`, (key: string) => `Authorization: Bearer ${key}`, (key: string) => `"Bearer ${key}"`
  ]
  await holds(t, fc.property(anyKeys.filter((key) => !/^["'`]/.test(key)), fc.constantFrom(...around), (key, wrap) => {
    const masks = createMasks()
    masks.learn(new Secret(wrap(key)))
    let log = ''
    const { emit: logger } = createLogger({ level: 'debug', maskText: masks.maskText, maskLine: masks.maskLine, write: (line) => { log += line } })
    logger({ event: 'config.noticed', code: 'key-assignment', message: SAYS, hint: SAYS })
    assert.equal(log.split(SAYS.replaceAll('"', '\\"')).length, 5, `the message is whole: ${log}`) // as message and as hint, and both in msg
    for (const echo of [key, wrap(key), `x${key}y`]) logger({ event: 'config.noticed', code: 'x', message: echo, hint: `/a/${echo}` })
    refuseLeak('the log', log, key)
    refuseLeak('the log, read as JSON', stringsOf(log), key)
    const line = masks.maskLine(JSON.stringify({ alone: key, whole: wrap(key), base64: latin1(`u:${key}`).toString('base64') }))
    refuseLeak('the last net', stringsOf(line), key, latin1(key).toString('base64').slice(4, -4))
  }), { numRuns: 300 })
})

t.test('the last net holds where an event was not masked', async (t) => {
  await holds(t, fc.property(anyKeys, (key) => {
    const masks = createMasks()
    masks.learn(new Secret(key))
    const shown = masks.maskLine(JSON.stringify({ msg: `text ${key} text` }))
    refuseLeak('the line', shown, key)
    refuseLeak('the line, read as JSON', stringsOf(shown), key)
  }), { numRuns: 500 })
})

/** How an upstream gives keys back: the worst that it can do to a client and to the log. */
type Echo = (response: ServerResponse, keys: readonly string[], lengths: readonly number[]) => void

function latin1 (text: string): Buffer {
  return Buffer.from(text, 'latin1')
}

function isPlain (key: string): boolean {
  return /^[\w-]+$/.test(key)
}

/** Sends a body in pieces of these lengths. */
function inPieces (response: ServerResponse, body: Buffer, lengths: readonly number[]): void {
  let at = 0
  for (const length of lengths) response.write(body.subarray(at, at += length))
  response.end(body.subarray(at))
}

function refusal (status: number, type: string, bodyOf: (said: string) => string): Echo {
  return (response, keys, lengths) => {
    response.writeHead(status, `Refused ${keys[0] ?? ''}`, { 'content-type': type, server: `server ${keys[0] ?? ''}`, 'x-request-id': `id-${keys[1] ?? ''}` })
    inPieces(response, latin1(bodyOf(`no: ${keys.join(' and ')}`)), lengths)
  }
}

const ECHOES: Readonly<Record<string, Echo>> = {
  'status line, headers and text' (response, keys, lengths) {
    const names = keys.filter(isPlain).map((key) => [`x-${key}`, 'name'])
    const cookies = keys.map((key) => `key=${key}; base64=${latin1(`user:${key}`).toString('base64')}`)
    response.writeHead(200, `OK ${keys.join(' ')}`, { 'x-echo': keys.join(','), 'set-cookie': cookies, link: keys.map((key) => `<https://a.example/?k=${encodeURIComponent(key)}>`), ...Object.fromEntries(names) as Record<string, string> })
    inPieces(response, latin1(`a ${keys.join(' b ')} c ${keys.join('')} d`), lengths)
  },
  'JSON and base64 in the body' (response, keys, lengths) {
    response.writeHead(200, { 'content-type': 'application/json' })
    inPieces(response, latin1(JSON.stringify({ keys, base64: keys.map((key) => [latin1(key).toString('base64'), latin1(`ab${key}`).toString('base64url')]) })), lengths)
  },
  'body with a length': (response, keys, lengths) => {
    const body = latin1(keys.join('\n'))
    response.writeHead(200, { 'content-length': body.length, 'content-encoding': 'identity' })
    inPieces(response, body, lengths)
  },
  'redirect elsewhere' (response, keys) { response.writeHead(302, { location: `https://evil.example/${encodeURIComponent(keys[0] ?? '')}?key=${keys[1] ?? ''}` }).end() },
  'redirect to a host of that name' (response, keys) { response.writeHead(307, { location: `https://${keys.find(isPlain)?.slice(0, 60) ?? 'a'}.evil.example/` }).end() },
  trailers (response, keys, lengths) {
    response.writeHead(200, { trailer: 'x-key' })
    response.addTrailers({ 'x-key': keys.join(' ') })
    inPieces(response, latin1(keys.join(' ')), lengths)
  },
  'early hints' (response, keys) { response.writeEarlyHints({ link: keys.map((key) => `<https://a.example/${encodeURIComponent(key)}>; rel=preload`) }, () => { response.end('ok') }) },
  'refusal of the Python backend': refusal(403, 'application/json', (said) => JSON.stringify({ detail: said })),
  'refusal of the Go backend': refusal(401, 'application/json', (said) => `${JSON.stringify({ error: said })}\n`),
  'refusal of the v2 API': refusal(403, 'application/problem+json', (said) => JSON.stringify({ title: said, status: 403, detail: said })),
  'refusal in cut JSON': refusal(403, 'application/json', (said) => JSON.stringify({ detail: said }).slice(0, -2)),
  'refusal as a page': refusal(403, 'text/html', (said) => `<html><title>${said}</title><body>${said}</body></html>`),
  'refusal as text': refusal(401, 'text/plain', (said) => said),
  'long refusal': refusal(403, 'application/json', (said) => JSON.stringify({ detail: `${'x'.repeat(480)}${said}${'x'.repeat(6000)}` })),
  'a limit': refusal(429, 'application/json', (said) => JSON.stringify({ detail: `Monthly unique traces usage limit exceeded ${said}` })),
  'a page instead of data': refusal(200, 'text/html', (said) => `<!doctype html><title>${said}</title>${said}`),
  'refusal that breaks off' (response, keys) {
    response.writeHead(403, { 'content-type': 'application/json', 'content-length': '99999' }).write(latin1(`{"detail":"no: ${keys.join(' ')}`), () => { response.destroy() })
  },
  'answer that breaks off' (response, keys) {
    response.writeHead(200, { 'content-length': '99999' }).write(latin1(keys.join(' ')), () => { response.destroy() })
  },
  'broken head' (response, keys) { response.socket?.end(latin1(`HTTP/1.1 200 OK\r\nbad header ${keys.join(' ')}\r\n\r\n${keys.join(' ')}`)) },
  'broken status' (response, keys) { response.socket?.end(latin1(`HTTP/1.1 ${keys.join(' ')}\r\n\r\n`)) },
  'no answer' (response) { response.destroy() }
}

/** As a client would write it into a path or a query. */
function inTarget (key: string): string {
  return isPlain(key) ? key : encodeURIComponent(key)
}

t.test('a key that changes while requests are under way comes back from nowhere, whatever the upstream echoes', async (t) => {
  let arrived: (response: ServerResponse) => void = () => {}
  let answer: (response: ServerResponse) => void = (response) => { response.end() }
  const upstream = await startUpstream(t, {
    answer: (request, response) => { if (request.url?.startsWith('/first') === true) arrived(response); else answer(response) }
  })
  const slot = slotOf('us')
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url, overrides: { credential: slot } }] })
  const use = (key: string, workspaceId: string): void => {
    const { current } = slotOf('us', key, workspaceId)
    if (current !== undefined) proxy.masks.learn(current.apiKey)
    slot.current = current
  }
  const cases = fc.record({
    before: anyKeys, after: anyKeys, foreign: langsmithKeys, workspaceId: fc.uuid(), echo: fc.constantFrom(...Object.keys(ECHOES)),
    lengths: fc.array(fc.integer({ min: 1, max: 70 }), { maxLength: 12 })
  })
  const secrets: string[] = []
  let read = 0
  await holds(t, fc.asyncProperty(cases, async ({ before, after, foreign, workspaceId, echo, lengths }) => {
    const send = (path: string, key: string): Promise<RawAnswer> => sendRaw(proxy.port, rawRequest(
      'POST', `/${path}/${inTarget(key)}/${foreign}?q=${inTarget(key)}&api_key=${foreign}`,
      [`X-API-Key: ${foreign}`, `Authorization: Bearer ${foreign}`, `Cookie: k=${foreign}`, 'Content-Type: text/plain', `User-Agent: ${key.slice(0, 2000)}`, 'Content-Length: 4', 'Connection: close'], 'body'
    ), 5000)
    const respond = (response: ServerResponse): void => { ECHOES[echo]?.(response, [before, after], lengths) }
    secrets.push(before, after)

    use(before, workspaceId)
    const waiting = new Promise<ServerResponse>((resolve) => { arrived = resolve })
    const first = send('first', before)
    const held = await waiting
    use(after, workspaceId)
    answer = respond
    const second = await send('second', after)
    respond(held)
    answer = (response) => { response.end() }
    const third = await send('third', after) // a success: the next refusal is told in full again

    for (const [which, { text, status }] of Object.entries({ first: await first, second, third })) {
      assert.ok(status > 0, `${echo}: ${which} is answered`)
      refuseLeak(`${echo}: ${which} answer`, received(text), before, after, foreign)
    }
    // of the refusals the newest, which are first: those before were looked at before
    const pages = await Promise.all([['metrics'], ['live'], ['ready'], ['nothing'], ['refusals'], ['refusals', 'Accept: text/plain']].map(([page = '', ...lines]) => sendRaw(proxy.port, rawRequest('GET', `/-/${page}`, ['Connection: close', ...lines]), 5000)))
    for (const { text } of pages) refuseLeak('a page', received(text).slice(0, 20_000), before, after, foreign)
    const log = proxy.rawLog().slice(read)
    read += log.length
    refuseLeak('the log', log, before, after, foreign)
    refuseLeak('the log, read as JSON', stringsOf(log), before, after, foreign)
    assert.ok(!log.includes(workspaceId))
    for (const { rawHeaders } of upstream.received.slice(-3)) refuseLeak('what goes upstream', rawHeaders.join('\n'), foreign)
  }), { numRuns: 150, endOnFailure: true })
  t.equal(upstream.received.length, 450)
  t.equal(new Set(secrets).size, 300)
})

t.test('an answer that was under way before the key changed hides the new key too', async (t) => {
  const [before, after] = fc.sample(langsmithKeys, { numRuns: 2, seed: 1 })
  let stream: ServerResponse | undefined
  const upstream = await startUpstream(t, {
    answer (request, response) {
      if (request.url !== '/stream') { response.end(); return }
      stream = response
      response.write('begins ')
    }
  })
  const slot = slotOf('us', before)
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url, overrides: { credential: slot } }] })
  const answer = await fetch(`${proxy.url}/stream`)
  slot.current = slotOf('us', after).current
  await fetch(`${proxy.url}/other`)
  stream?.end(`${before ?? ''} and ${after ?? ''} ends`)
  const text = await answer.text()
  refuseLeak('the stream', text, before ?? '', after ?? '')
  t.match(text, /^begins lsv2_.._\*{43} and lsv2_.._\*{43} ends$/)
})

// Rotation sends a new key upstream before it is used, to try it.
t.test('a new key that is only being tried is hidden in answers to requests with the old one', async (t) => {
  const [before, after] = fc.sample(langsmithKeys, { numRuns: 2, seed: 2 }) as [string, string]
  let held: ServerResponse | undefined
  const upstream = await startUpstream(t, {
    answer (request, response) {
      if (request.url === '/held') { held = response; return }
      held?.end(`the new key is ${String(request.headers['x-api-key'])}`)
      response.writeHead(403, { 'content-type': 'application/json' }).end(`{"detail":"${after}"}`)
    }
  })
  const folder = t.testdir({ key: before, 'config.yaml': `credentials: { us: { apiKey: "file:key" } }\nroutes: [{ prefix: /, upstream: "${upstream.url}", credential: us }]\n` })
  chmodSync(join(folder, 'key'), 0o600)
  const program = await startProgram(t, ['--config', join(folder, 'config.yaml'), '--log-level', 'debug'])
  const answer = fetch(`${program.url}/held`)
  await program.until('the request', () => held)
  writeFileSync(join(folder, 'key'), after)
  const text = await (await answer).text()
  t.match(text, /^the new key is lsv2_.._\*{43}$/)
  await program.until('its end', () => program.lines().find(({ event }) => event === 'credential.rotated' || event === 'credential.rejected'))
  refuseLeak('the log', program.stderr(), before, after)
})

t.test('no denial quotes a secret, whatever it denies', async (t) => {
  const upstream = await startUpstream(t)
  const slot = slotOf('us')
  const proxy = await startProxy(t, {
    env: { LANGSMITH_PROXY_LISTEN_BODY_LIMIT: '5' },
    routes: [{ upstream: upstream.url, overrides: { credential: slot } }, { upstream: 'http://127.0.0.1:9', prefix: '/down' }, { upstream: upstream.url, prefix: '/role', overrides: { policy: 'ingest-only' } }, { upstream: upstream.url, prefix: '/none', overrides: { credential: new CredentialSlot(slotOf('none').config, undefined) } }]
  })
  await fetch(`${proxy.url}/`)
  const hop = valuesOf(upstream.received[0]?.rawHeaders ?? [], 'x-langsmith-proxy-hop').join()
  const codes = new Set<string | undefined>()
  await holds(t, fc.asyncProperty(anyKeys, langsmithKeys, async (key, foreign) => {
    const { current } = slotOf('us', key)
    if (current !== undefined) proxy.masks.learn(current.apiKey)
    slot.current = current
    const sent = `${inTarget(key)}/${foreign}`
    const client = makeClientKey('ana')
    const all = [`X-API-Key: ${key}`, `Authorization: Bearer ${foreign}`, `X-Forwarded-Host: ${foreign}`, 'Connection: close']
    const requests = [
      `GET /${sent} HTTP/1.1\r\nHost: ${foreign}.example\r\n${all.join('\r\n')}\r\n\r\n`,
      rawRequest('GET', `/${sent}`, [...all, `Origin: https://${foreign}`]),
      rawRequest('GET', `/${sent}`, [...all, `Host: ${foreign}`]),
      rawRequest('POST', `/api/v1/api-key?${sent}`, all),
      rawRequest('GET', `/a/../${sent}`, all),
      rawRequest('GET', `/-/${sent}`, all),
      rawRequest('PROPFIND', `/${sent}`, all),
      rawRequest(foreign.toUpperCase(), `/${sent}`, all),
      `CONNECT ${foreign}:443 HTTP/1.1\r\nHost: ${foreign}\r\n\r\n`,
      `${key}\r\n\r\n`,
      `GET /${sent} HTTP/1.1\r\n${key} : ${key}\r\n\r\n`,
      rawRequest('GET', '/', [`X-Large: ${key}${'x'.repeat(20_000)}`]),
      rawRequest('POST', `/${sent}`, [...all, 'Content-Length: 51'], foreign),
      rawRequest('GET', `/%zz${sent}`, all),
      rawRequest('GET', `/${sent}`, [...all, `X-Langsmith-Proxy-Hop: ${hop}`]),
      rawRequest('GET', `/down/${sent}`, all),
      rawRequest('GET', `/none/${sent}`, all),
      rawRequest('GET', `/role/${sent}`, all),
      rawRequest('GET', `/${client}`, [`X-API-Key: ${client}`, 'Connection: close']),
      rawRequest('GET', `/${client}`, [`Authorization: Basic ${Buffer.from(`ana:${client}`).toString('base64')}`, 'Connection: close'])
    ]
    for (const request of requests) {
      const { text, status } = await sendRaw(proxy.port, request, 2000)
      assert.ok(status >= 400, request.slice(0, 40))
      codes.add(/^x-langsmith-proxy: proxy; code=(\S+)/m.exec(text)?.[1])
      refuseLeak('the denial', text, key, foreign, client)
    }
    refuseLeak('the log', proxy.rawLog(), key, foreign, client)
    refuseLeak('the log, read as JSON', stringsOf(proxy.rawLog()), key, foreign)
  }), { numRuns: 40, endOnFailure: true })
  t.same([...codes].sort(), [
    'body-too-large', 'browser-request', 'client-key-unknown', 'credential-unavailable', 'endpoint-closed', 'headers-too-large', 'host-not-allowed', 'loop-detected', 'method-not-allowed',
    'no-route', 'rate-limited', 'request-ambiguous', 'role-denied', 'upstream-unreachable'
  ])
})

// SECURITY.md says so: the client gets what cannot be told from other bytes, or not without holding answers back.
t.test('what is not hidden from the client is hidden in the log all the same', async (t) => {
  const key = fc.sample(langsmithKeys, { numRuns: 1, seed: 3 })[0] ?? ''
  const hidden = key.slice(8)
  const exceptions: Readonly<Record<string, readonly [said: string, shown: string]>> = {
    'a compressed body': [key, key],
    'a later part of the key': [hidden.slice(10), hidden.slice(10)],
    'a beginning of less than 16 characters': [`${hidden.slice(0, 15)}!`, hidden.slice(0, 15)]
  }
  for (const [name, [said, shown]] of Object.entries(exceptions)) {
    const isPacked = name === 'a compressed body'
    const body = JSON.stringify({ detail: `no: ${said}` })
    const upstream = await startUpstream(t, {
      answer: (_request, response) => { response.writeHead(403, { 'content-type': 'application/json', ...(isPacked ? { 'content-encoding': 'gzip' } : {}) }).end(isPacked ? gzipSync(body) : body) }
    })
    const proxy = await startProxy(t, { routes: [{ upstream: upstream.url, key }] })
    t.match(await (await fetch(proxy.url)).text(), shown, `${name} reaches the client`)
    await proxy.eventOf('refusal.diagnosed')
    refuseLeak(`the log of ${name}`, proxy.rawLog(), key)
  }
})
