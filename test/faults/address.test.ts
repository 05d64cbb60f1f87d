// An upstream whose name leads elsewhere after a while: a fail-over, a load balancer that is replaced, a resolver that
// is away. The process gets a resolver of the test (Node's dns.lookup, put in place before the program starts), so that
// names change within a run; everything after it is real: sockets, certificates, addresses 127.0.0.2 and .3.

import { once } from 'node:events'
import { renameSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { request } from 'undici'
import { createAuthority } from '../support/certificates.ts'
import { startProgram } from '../support/process.ts'
import type { Serving } from '../support/process.ts'
import { TEST_KEY } from '../support/proxy.ts'

const NAME = 'langsmith.company.example'
/** Every 127.x.x.x belongs to this machine. */
const ONLY_LINUX = { skip: process.platform !== 'linux' && 'needs 127.0.0.2' }
const authority = createAuthority()
const tls = authority.issue({ names: [NAME] })

/** Reads the addresses from a file of the working directory at each question; an error code fails, and "silence" never answers. */
const RESOLVER = `
import dns from 'node:dns'
import { readFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
const system = dns.lookup
dns.lookup = (name, options, done) => {
  if (name !== '${NAME}') return system(name, options, done)
  const said = readFileSync('addresses', 'utf8').split(' ')
  if (said[0] === 'silence') return
  if (/^[A-Z]/.test(said[0])) return setImmediate(done, Object.assign(new Error('test'), { code: said[0] }))
  const found = said.map((address) => ({ address, family: 4 }))
  setImmediate(() => { if (options.all) done(null, found); else done(null, found[0].address, 4) })
}
syncBuiltinESMExports()`

async function serveAt (t: Test, host: string, port = 0): Promise<{ server: Server, port: number, received: string[] }> {
  const received: string[] = []
  const server = createServer(tls, (request, response) => {
    received.push(`${request.method ?? ''} ${request.headers['x-api-key'] === TEST_KEY ? 'with key' : ''}`)
    request.resume().once('end', () => { response.end(host) })
  })
  t.teardown(() => { server.close(); server.closeAllConnections() })
  await once(server.listen(port, host), 'listening')
  return { server, port: (server.address() as AddressInfo).port, received }
}

interface Resolving extends Serving { readonly resolveTo: (said: string) => void }

async function start (t: Test, port: number): Promise<Resolving> {
  const program = await startProgram(t, ['--config', 'proxy.yaml'], {
    nodeArgs: ['--import', `data:text/javascript,${encodeURIComponent(RESOLVER)}`],
    env: { KEY_OF_TEST: TEST_KEY, LANGSMITH_PROXY_EGRESS_PROXY: 'none' },
    files: {
      addresses: '127.0.0.2', 'authority.pem': authority.cert,
      'proxy.yaml': [
        'timeouts: { connect: 500ms }',
        `credentials: { us: { apiKey: "env:KEY_OF_TEST", hosts: [${NAME}] } }`,
        'routes:',
        `  - { prefix: /, upstream: "https://${NAME}:${port}", credential: us, ca: authority.pem }`,
        `  - { prefix: /plain, upstream: "http://${NAME}:${port}", credential: us, insecure: true }`
      ].join('\n')
    }
  })
  return {
    ...program,
    resolveTo (said) {
      writeFileSync(join(program.folder, 'addresses.new'), said)
      renameSync(join(program.folder, 'addresses.new'), join(program.folder, 'addresses'))
    }
  }
}

/** Status, and who answered: an address, or a code of the proxy. */
async function ask (program: Serving, method: 'GET' | 'POST', path = '/runs'): Promise<string> {
  const { statusCode, headers, body } = await request(program.url + path, { method, body: method === 'POST' ? '{}' : null })
  const text = await body.text()
  return `${statusCode} ${headers['x-langsmith-proxy'] === 'upstream' ? text : (JSON.parse(text) as { code: string }).code}`
}

t.test('an upstream that moves to another address is found there with the next connection', ONLY_LINUX, async (t) => {
  const first = await serveAt(t, '127.0.0.2')
  const second = await serveAt(t, '127.0.0.3', first.port)
  const program = await start(t, first.port)
  t.equal(await ask(program, 'POST'), '200 127.0.0.2')

  program.resolveTo('127.0.0.3')
  t.equal(await ask(program, 'POST'), '200 127.0.0.2', 'an open connection is used while the old place serves it')
  first.server.close()
  first.server.closeAllConnections()
  t.equal(await ask(program, 'GET'), '200 127.0.0.3')
  t.equal(await ask(program, 'POST'), '200 127.0.0.3')
  t.same(second.received, ['GET with key', 'POST with key'])
  t.same(program.lines('upstream.failed'), [], 'nobody notices')
})

t.test('of several addresses, one at which nobody listens does no harm', ONLY_LINUX, async (t) => {
  const { port } = await serveAt(t, '127.0.0.3')
  const program = await start(t, port)
  program.resolveTo('127.0.0.2 127.0.0.3')
  t.equal(await ask(program, 'POST'), '200 127.0.0.3')
  t.same(program.lines('upstream.failed'), [])
})

const AWAY = [
  { said: 'ENOTFOUND', answer: '502 upstream-unreachable', reason: 'ENOTFOUND' },
  { said: 'EAI_AGAIN', answer: '502 upstream-unreachable', reason: 'EAI_AGAIN' },
  { said: 'silence', answer: '504 upstream-timeout', reason: 'UND_ERR_CONNECT_TIMEOUT' },
  { said: '127.0.0.9', answer: '502 upstream-unreachable', reason: 'ECONNREFUSED' }
]

t.test('a name that leads nowhere for a while: 502 or 504 while it does, and served again with the first request after it', ONLY_LINUX, async (t) => {
  const { server, port, received } = await serveAt(t, '127.0.0.2')
  const program = await start(t, port)
  for (const { said, answer, reason } of AWAY) {
    const before = received.length
    program.resolveTo(said)
    for (const method of ['GET', 'POST', 'GET'] as const) t.equal(await ask(program, method), answer, said)
    const lines = await program.until('its line', () => {
      const found = program.lines('upstream.failed').filter((line) => line.reason === reason)
      return found.length > 0 ? found : undefined
    })
    t.match(lines, [{ level: 'error', code: answer.slice(4), route: '/' }], said)
    t.equal(lines.length, 1, 'said once')
    t.equal(received.length, before)
    program.resolveTo('127.0.0.2')
    t.equal(await ask(program, 'POST'), '200 127.0.0.2', `after ${said}`)
    server.closeAllConnections() // the next case needs a new one
  }
})

// Whoever controls DNS lets the name of a plain http upstream lead to the cloud's metadata service; over https the certificate is in the way.
t.test('a name that begins to lead to the metadata service is not followed there', ONLY_LINUX, async (t) => {
  const { port } = await serveAt(t, '127.0.0.2')
  const program = await start(t, port)
  program.resolveTo('169.254.169.254')
  t.equal(await ask(program, 'GET', '/plain/runs'), '502 upstream-unreachable')
  t.match(await program.until('the line', () => program.lines('upstream.failed')[0]), { reason: 'EACCES', route: '/plain' })
})

// The name leads to another server, whose certificate proves another name: DNS that is poisoned or simply wrong.
t.test('another server at the address that a name leads to gets nothing', ONLY_LINUX, async (t) => {
  const { server, port, received } = await serveAt(t, '127.0.0.2')
  const program = await start(t, port)
  server.setSecureContext(authority.issue({ names: ['other.example'] }))
  t.equal(await ask(program, 'POST'), '502 upstream-tls')
  t.same(received, [])
  server.setSecureContext(tls)
  t.equal(await ask(program, 'POST'), '200 127.0.0.2')
})
