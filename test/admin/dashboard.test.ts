// The dashboard under /-/: who gets its files and its stream, and what keeps everything else out of the page.

import { networkInterfaces } from 'node:os'
import t from 'tap'
import { request as send } from 'undici'
import { DASHBOARD_HEADERS } from '../../src/admin/dashboard/files.ts'
import { DASHBOARD_PAGES } from '../../src/admin/dashboard/plugin.ts'
import { makeClientKey } from '../../src/access/clients/client-key.ts'
import { basic, clientOf } from '../access/clients/support.ts'
import { clientsText } from '../../src/access/clients/clients-text.ts'
import { startProgram } from '../support/process.ts'
import { rawRequest, sendRaw } from '../support/raw.ts'
import { readEvents } from '../support/server-events.ts'

const ENV = { LANGSMITH_API_KEY: `lsv2_pt_${'5ca1ab1e'.repeat(4)}_5ca1ab1e00`, LANGSMITH_ENDPOINT: 'http://127.0.0.1:9', LANGSMITH_PROXY_LOG_LEVEL: 'debug' }
const ownAddress = Object.values(networkInterfaces()).flat().find((address) => address?.family === 'IPv4' && !address.internal)?.address

t.test('web pages, other names and other methods are refused', async (t) => {
  const proxy = await startProgram(t, [], { env: ENV })
  for (const path of DASHBOARD_PAGES) {
    const cases = [
      [`GET ${path} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n`, 421],
      [rawRequest('GET', path, ['Connection: close', 'Origin: https://evil.example']), 403],
      [rawRequest('GET', path, ['Connection: close', `Origin: http://127.0.0.1:${proxy.port}`]), 403],
      [rawRequest('GET', path, ['Connection: close', 'Origin: null']), 403],
      [rawRequest('GET', path, ['Connection: close', 'Sec-Fetch-Site: cross-site']), 403],
      [rawRequest('GET', path, ['Connection: close', 'Sec-Fetch-Site: same-site']), 403],
      ...['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'].map((method) => [rawRequest(method, path, ['Connection: close', 'Content-Length: 0']), 421] as const)
    ] as const
    for (const [request, status] of cases) t.equal((await sendRaw(proxy.port, request)).status, status, `${path}: ${request.slice(0, 90)}`)
  }
  t.equal((await sendRaw(proxy.port, rawRequest('HEAD', '/-/changes', ['Connection: close']))).status, 421, 'a stream has no head alone')
})

t.test('it is for callers on this machine', { skip: ownAddress === undefined && 'this machine has no address but loopback' }, async (t) => {
  const proxy = await startProgram(t, [], { env: { ...ENV, LANGSMITH_PROXY_LISTEN_HOST: '0.0.0.0', LANGSMITH_PROXY_LISTEN_ALLOW_UNAUTHENTICATED: 'true' } })
  for (const path of DASHBOARD_PAGES) {
    const { statusCode, body } = await send(`http://${ownAddress ?? ''}:${proxy.port}${path}`, { headers: { host: 'localhost' } })
    t.equal(statusCode, 403, path)
    t.match(await body.json(), { code: 'role-denied', detail: 'this page is for callers on the same machine' })
  }
  t.equal((await send(`http://127.0.0.1:${proxy.port}/-/`)).statusCode, 200)
})

t.test('where client keys are required it is for admins, who may log in with a browser', async (t) => {
  const [admin, other] = [makeClientKey('root'), makeClientKey('ana')]
  const proxy = await startProgram(t, ['--config', 'proxy.yaml'], {
    env: ENV,
    files: {
      'proxy.yaml': `credentials: { us: { apiKey: "env:LANGSMITH_API_KEY" } }\nroutes: [{ prefix: /, upstream: "http://127.0.0.1:9", credential: us }]\nclients: { required: true, file: clients.yaml }\n`,
      'clients.yaml': clientsText(new Map([['root', clientOf('root', admin, { role: 'admin' })], ['ana', clientOf('ana', other)]]))
    }
  })
  for (const path of DASHBOARD_PAGES) {
    const ask = (headers: Record<string, string> = {}): ReturnType<typeof send> => send(proxy.url + path, { headers })
    const stranger = await ask()
    t.match(stranger, { statusCode: 401, headers: { 'www-authenticate': /Basic realm=/ } }, path)
    t.notMatch(await stranger.body.text(), /<html|dashboard\.js/, 'not even the page itself')
    t.equal((await ask({ authorization: basic('ana', other) })).statusCode, 403, `${path} for another role`)
    for (const name of ['', 'root']) {
      const allowed = await fetch(proxy.url + path, { headers: { authorization: basic(name, admin) } })
      t.equal(allowed.status, 200, `${path} for an admin, by the name "${name}"`)
      await allowed.body?.cancel()
    }
  }
  const viewer = await readEvents(t, `${proxy.url}/-/changes`, { authorization: basic('', admin) })
  t.match(JSON.parse(await viewer.until('the team', (events) => events.find(({ name }) => name === 'team')?.data)), { clients: [{ name: 'root', role: 'admin', requests: 0 }, { name: 'ana', role: 'full' }] })
})

t.test('its files say what they are, are never kept, and let nothing else in', async (t) => {
  const proxy = await startProgram(t, [], { env: ENV })
  const types = { '/-/': 'text/html; charset=utf-8', '/-/dashboard.js': 'text/javascript; charset=utf-8', '/-/dashboard.css': 'text/css; charset=utf-8', '/-/icon.svg': 'image/svg+xml' }
  for (const [path, type] of Object.entries(types)) {
    const { statusCode, headers, body } = await send(proxy.url + path, { headers: { 'sec-fetch-site': 'same-origin' } })
    t.equal(statusCode, 200, path)
    t.match(headers, { ...DASHBOARD_HEADERS, 'content-type': type, 'x-langsmith-proxy': 'proxy', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
    const text = await body.text()
    t.notMatch(text.replaceAll('http://www.w3.org/', '').replaceAll('https://github.com/langsmith-proxy/', ''), /https?:\/\/[a-z]/, `${path} names no other origin`)
    const head = await send(proxy.url + path, { method: 'HEAD' })
    t.match(head, { statusCode: 200, headers: { 'content-type': type, 'content-length': String(Buffer.byteLength(text)) } })
    t.equal(await head.body.text(), '')
  }
  const page = await (await send(`${proxy.url}/-/`)).body.text()
  t.notMatch(page, /<script(?![^>]*\ssrc=)|<style|\s(?:style|on\w+)=|crossorigin|type="module"/, 'nothing inline, and nothing that would send an Origin')
  t.match(await send(`${proxy.url}/-`), { statusCode: 421 }, 'the answer names the page')
  t.match(DASHBOARD_HEADERS['content-security-policy'], /^default-src 'none';/)
  t.notMatch(DASHBOARD_HEADERS['content-security-policy'], /unsafe|\*|https?:|data:|blob:/)
})
