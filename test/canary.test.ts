// P2 and the table of what must never appear where: secrets and private values are put into every place
// that a client, an upstream or a person can put them, and looked for in everything that comes out.

import { chmodSync, readFileSync, existsSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { check } from '../src/commands/check.ts'
import { ProxyError } from '../src/errors.ts'
import { startProxy, TEST_KEY } from './support/proxy.ts'
import { startProgram } from './support/process.ts'
import { rawRequest, sendRaw } from './support/raw.ts'
import { startUpstream } from './support/upstream.ts'

/** What follows the public prefix of the injected key consists of these eight characters, and so does each 8-byte run of it. */
const KEY = /5ca1ab1e|ca1ab1e5|a1ab1e5c|1ab1e5ca|ab1e5ca1|b1e5ca1a|1e5ca1ab|e5ca1ab1/
/** Every other private value has this word in it. */
const CANARY = /c4n4ry/i
const BASE64 = Buffer.from(`user:${TEST_KEY}`).toString('base64').replace(/=+$/, '')

/** A malicious upstream can give the key back in endless disguises; without its beginning it reaches the client, but no log. */
const TAIL = TEST_KEY.slice('lsv2_pt_'.length)

const PLACES: Readonly<Record<string, readonly string[]>> = {
  'client credentials': [
    'Authorization: Bearer c4n4ry-bearer', 'X-API-Key: c4n4ry-own-key', 'x_api_key: c4n4ry-underscore', 'Cookie: session=c4n4ry-cookie', 'Proxy-Authorization: Basic c4n4ry-proxy',
    'X-Tenant-Id: c4n4ry-tenant', 'X-Service-Key: c4n4ry-service', 'X-User-Id: c4n4ry-user', 'X-Organization-Id: c4n4ry-organization'
  ],
  'other headers': ['User-Agent: c4n4ry-agent', 'X-Request-Id: c4n4ry-request', 'Forwarded: for=c4n4ry', 'X-Forwarded-Host: c4n4ry.example', 'Referer: http://c4n4ry.example/', 'Traceparent: c4n4ry', 'X-HTTP-Method-Override: C4N4RY', 'Baggage: k=c4n4ry']
}
const TARGET = '/api/v1/runs?filter=c4n4ry-filter&api_key=c4n4ry-query-key&x-api-key=c4n4ry-query-key2&c4n4ry-name=1'

/** What the upstream does with what it received: the worst. */
const ANSWERS: Readonly<Record<string, (request: IncomingMessage, response: ServerResponse, body: Buffer) => void>> = {
  'success that echoes everything' (request, response, body) {
    response.writeHead(200, `OK ${String(request.headers['x-api-key'])}`, {
      'content-type': 'application/json', 'x-echo': String(request.headers['x-api-key']), 'x-c4n4ry': 'c4n4ry-answer-header', 'set-cookie': `k=${BASE64}`,
      'x-request-id': 'c4n4ry-request', 'x-short': String(request.headers['x-api-key']).slice(0, 40)
    }).end(`{"headers":${JSON.stringify(request.rawHeaders)},"body":${JSON.stringify(body.toString())}}`)
  },
  'redirect that quotes the key' (request, response) {
    response.writeHead(302, { location: `https://c4n4ry.example/?key=${String(request.headers['x-api-key'])}` }).end()
  },
  'JSON refusal' (request, response, body) {
    refuse(response, 403, 'application/json', `{"detail":"no: ${told(request)}","more":"c4n4ry-more","body":${JSON.stringify(body.toString())}}`)
  },
  'Go refusal' (request, response) { refuse(response, 401, 'application/json', `{"error":"no: ${told(request)}"}\n`) },
  'HTML refusal' (request, response) { refuse(response, 403, 'text/html', `<html><title>403 ${told(request)}</title><body>c4n4ry-page</body></html>`) },
  'packed refusal' (request, response) { refuse(response, 403, 'application/json', gzipSync(`{"detail":"no: ${told(request)}","more":"c4n4ry-more"}`), { 'content-encoding': 'gzip' }) },
  'text refusal' (request, response) { refuse(response, 403, 'text/plain', `no: ${told(request)}`) },
  'refusal that breaks off' (request, response) {
    response.writeHead(403, { 'content-type': 'application/json', 'content-length': '9999' }).write(`{"detail":"no: ${told(request)}`, () => { response.destroy() })
  },
  'broken answer' (request, response) {
    response.socket?.end(`HTTP/1.1 200 OK\r\nbad header c4n4ry ${String(request.headers['x-api-key'])}\r\n\r\n`)
  },
  'no answer' (_request, response) { response.destroy() }
}

/** What an upstream may quote in its explanation: all credentials that there are, and values of the query. */
function told (request: IncomingMessage): string {
  const key = String(request.headers['x-api-key'])
  return `${key} ${TAIL} ${Buffer.from(`user:${key}`).toString('base64')} Bearer c4n4ry-bearer c4n4ry-own-key c4n4ry-cookie c4n4ry-filter c4n4ry-query-key c4n4ry-tenant`
}

function refuse (response: ServerResponse, status: number, type: string, body: string | Buffer, headers: Record<string, string> = {}): void {
  response.writeHead(status, `Refused ${TEST_KEY}`, { 'content-type': type, server: 'c4n4ry-server', ...headers }).end(body)
}

t.test('what clients send and upstreams answer does not reach log or metrics, nor the key anybody', async (t) => {
  let answer = ANSWERS['no answer']
  const upstream = await startUpstream(t, { answer: (request, response, body) => { answer?.(request, response, body) } })
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })
  for (const [name, next] of Object.entries(ANSWERS)) {
    answer = next
    const body = '{"name":"c4n4ry-body"}'
    const given = await sendRaw(proxy.port, rawRequest('POST', TARGET, [...Object.values(PLACES).flat(), `Content-Length: ${body.length}`, 'Connection: close'], body), 1500)
    t.ok(given.status > 0, `${name}: answered`)
    const [head = ''] = given.text.split('\r\n\r\n')
    t.notMatch(head, KEY, `${name}: no key in the head of the answer`)
    t.notMatch(head.split('\r\n')[0], CANARY, `${name}: nothing of the upstream in the reason`)
    if (!/content-encoding: gzip/i.test(head)) t.notMatch(given.text.replace(` ${TAIL} `, ''), KEY, `${name}: no key in the body`)
    if (/^x-langsmith-proxy: proxy/m.test(head)) t.notMatch(given.text, CANARY, `${name}: nothing is quoted in an answer of ours`)
  }
  t.equal(upstream.received.length, Object.keys(ANSWERS).length)
  for (const { rawHeaders } of upstream.received) t.notMatch(rawHeaders.join('\n'), /c4n4ry-(bearer|own|underscore|cookie|proxy|tenant|service|user|organization)/)
  t.match(proxy.rawLog(), /"event":"refusal\.diagnosed"/)
  t.notMatch(proxy.rawLog(), KEY)
  t.notMatch(proxy.rawLog().replaceAll('c4n4ry.example', ''), CANARY, 'the host of a foreign redirect aside, which people must see')
  t.notMatch(proxy.rawLog(), BASE64.slice(8, 28))
  const metrics = await (await fetch(`${proxy.url}/-/metrics`)).text()
  t.notMatch(metrics, KEY)
  t.notMatch(metrics, CANARY)
})

t.test('a denial quotes nothing, whatever it denies', async (t) => {
  const proxy = await startProxy(t, { routes: [{ upstream: 'http://127.0.0.1:9' }], env: { LANGSMITH_PROXY_LISTEN_BODY_LIMIT: '5' } })
  const all = Object.values(PLACES).flat()
  const cases: Readonly<Record<string, string>> = {
    'foreign host': `GET /?c4n4ry HTTP/1.1\r\nHost: c4n4ry.example\r\n${all.join('\r\n')}\r\n\r\n`,
    'web page': rawRequest('GET', TARGET, [...all, 'Origin: https://c4n4ry.example']),
    'two hosts': rawRequest('GET', TARGET, ['Host: c4n4ry']),
    'closed endpoint': rawRequest('POST', '/api/v1/api-key?c4n4ry', all),
    'dot segment': rawRequest('GET', '/a/../b?c4n4ry', all),
    'own page': rawRequest('GET', '/-/x?c4n4ry', all),
    'unknown method': 'C4N4RY / HTTP/1.1\r\nHost: localhost\r\n\r\n',
    tunnel: 'CONNECT c4n4ry.example:443 HTTP/1.1\r\nHost: c4n4ry.example\r\n\r\n',
    'no HTTP': 'c4n4ry\r\n\r\n',
    'bad header': 'GET / HTTP/1.1\r\nc4n4ry header\r\n\r\n',
    'large head': rawRequest('GET', '/', [`X-Large: c4n4ry${'x'.repeat(20_000)}`]),
    'large body': rawRequest('POST', '/runs?c4n4ry', [...all, 'Content-Length: 14'], 'c4n4ry-body-14'),
    'unreachable upstream': rawRequest('GET', TARGET, all),
    'key in the path': rawRequest('GET', `/runs/lsv2_pt_${'c4n4ry00'.repeat(4)}_c4n4ry00aa/${TEST_KEY}`, all)
  }
  for (const [name, bytes] of Object.entries(cases)) {
    const given = await sendRaw(proxy.port, bytes)
    t.ok(given.status >= 400, name)
    t.match(given.text, /^x-langsmith-proxy: proxy; code=/m, name)
    t.notMatch(given.text, CANARY, name)
    t.notMatch(given.text, KEY, name)
  }
  t.notMatch(proxy.rawLog(), CANARY)
  t.notMatch(proxy.rawLog(), KEY)
})

t.test('mistakes in settings and secrets are explained without their values', async (t) => {
  const credential = (text: string): string => `credentials: { main: { apiKey: ${text} } }\nroutes: [{ prefix: /, region: us, credential: main }]\n`
  const pasted = `lsv2_pt_${'c4n4ry00'.repeat(4)}_c4n4ry00aa`
  const cases: Readonly<Record<string, { env?: Record<string, string>, config?: string, key?: string, flags?: Record<string, string>, mode?: number }>> = {
    'a key instead of a reference': { config: credential(`"${pasted}"`) },
    'a key as an unknown scheme': { config: credential('"c4n4ry:value"') },
    'a key as the name of a variable': { config: credential(`"env:${pasted}"`) },
    'a key as the name of a credential': { config: `credentials: { ${pasted}: { apiKey: "env:A" } }\nroutes: [{ prefix: /, region: us, credential: ${pasted} }]\n` },
    'a key as a setting': { config: `${pasted}: 1\n` },
    'YAML that breaks near a key': { config: `credentials: { main: { apiKey: "${pasted}\n` },
    'a key in the address': { config: `credentials: { main: { apiKey: "env:A" } }\nroutes: [{ prefix: /, upstream: "https://user:${pasted}@evil.example", credential: main }]\n` },
    'a key in the environment with a line break': { env: { LANGSMITH_API_KEY: `${pasted}\r\nX-Evil: 1` } },
    'a key with quotes and blanks': { env: { LANGSMITH_API_KEY: `"c4n4ry ${pasted}"` } },
    'a key that is not ASCII': { env: { LANGSMITH_API_KEY: `${pasted}é` } },
    'a file of a key with NUL': { config: credential('"file:key"'), key: `${pasted}\0` },
    'a file of two keys': { config: credential('"file:key"'), key: `${pasted}\n${pasted}\n` },
    'a file that others may read': { config: credential('"file:key"'), key: pasted, mode: 0o644 },
    'a workspace that is none': { env: { LANGSMITH_API_KEY: TEST_KEY, LANGSMITH_WORKSPACE_ID: pasted } },
    'settings that are none': { env: { LANGSMITH_API_KEY: TEST_KEY, LANGSMITH_REGION: pasted, LANGSMITH_PROXY_LOG_LEVEL: pasted, LANGSMITH_PROXY_PORT: pasted } },
    'an address that is none': { env: { LANGSMITH_API_KEY: TEST_KEY, LANGSMITH_ENDPOINT: `https://${pasted}:${pasted}@evil.example/${pasted}?${pasted}` } },
    'flags that are none': { env: { LANGSMITH_API_KEY: TEST_KEY }, flags: { port: pasted, host: pasted, 'log-level': pasted } },
    'an egress proxy that is none': { env: { LANGSMITH_API_KEY: TEST_KEY, HTTPS_PROXY: `ftp://user:${pasted}@egress` } }
  }
  for (const [name, { env = {}, config, key, flags = {}, mode = 0o600 }] of Object.entries(cases)) {
    const home = t.testdir({ 'langsmith-proxy': { ...(config === undefined ? {} : { 'config.yaml': config }), ...(key === undefined ? {} : { key }) } })
    if (key !== undefined) chmodSync(join(home, 'langsmith-proxy', 'key'), mode)
    let printed = ''
    const error: unknown = await check.run({ env: { XDG_CONFIG_HOME: home, ...env }, flags, version: '0', print: (text) => { printed += text } }).then(() => undefined, (caught: unknown) => caught)
    const said = error instanceof ProxyError ? `${error.message}\n${error.hint}` : printed
    t.match(said, error instanceof ProxyError ? /./ : /^warning: /m, `${name} is refused or warned of`)
    t.notMatch(said, CANARY, name)
    t.notMatch(said, KEY, name)
  }
})

t.test('the process shows nothing: not in its output, its title or its start line, password of the egress proxy included', async (t) => {
  const program = await startProgram(t, ['--log-level', 'debug'], { env: { LANGSMITH_API_KEY: TEST_KEY, HTTPS_PROXY: 'http://user:c4n4ry-password@127.0.0.1:9' } })
  t.match(program.lines('proxy.started')[0], { routes: [{ via: '127.0.0.1:9' }] })
  const answer = await fetch(program.url + TARGET, { method: 'POST', body: 'c4n4ry-body', headers: { authorization: 'Bearer c4n4ry', 'user-agent': 'c4n4ry' } })
  const text = await answer.text()
  t.equal(answer.status, 502)
  t.notMatch(text, /c4n4ry|127\.0\.0\.1/)
  const metrics = await (await fetch(`${program.url}/-/metrics`)).text()
  const shown = existsSync('/proc/self/cmdline') ? ['cmdline', 'comm', 'stat', 'status'].map((file) => readFileSync(`/proc/${program.pid}/${file}`, 'latin1')).join('\n') : ''
  program.child.kill('SIGTERM')
  const { stdout, stderr, code } = await program.end()
  t.equal(code, 0)
  for (const [place, what] of Object.entries({ stdout, stderr, metrics, shown })) {
    t.notMatch(what, CANARY, place)
    t.notMatch(what, KEY, place)
  }
})
