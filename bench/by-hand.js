// The least that a proxy on Node can do: node:http and undici's dispatch, headers swapped, nothing else. No guard, no log, no
// masks, errors only cut. It is the floor for what is built on these two.

import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { Pool } from 'undici'

const { env } = process
const REMOVED = new Set([
  'host', 'authorization', 'proxy-authorization', 'x-api-key', 'x-tenant-id', 'x-organization-id', 'x-user-id', 'x-service-key', 'cookie', 'cookie2',
  'connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'expect'
])

const poolOf = (origin) => new Pool(origin, {
  connections: 2000, pipelining: 1, keepAliveTimeout: 30_000,
  headersTimeout: Number.parseFloat(env.HEAD_TIMEOUT) * 1000, bodyTimeout: Number.parseFloat(env.IDLE_TIMEOUT) * 1000,
  connect: { ca: readFileSync('authority.pem') }
})

const ROUTES = [
  { prefix: '/eu', pool: poolOf(`http://127.0.0.1:${env.EU_PORT}`), key: env.EU_KEY, workspace: env.EU_WORKSPACE },
  { prefix: '/tls', pool: poolOf(`https://127.0.0.1:${env.TLS_PORT}`), key: env.MAIN_KEY, workspace: env.MAIN_WORKSPACE },
  { prefix: '', pool: poolOf(`http://127.0.0.1:${env.MAIN_PORT}`), key: env.MAIN_KEY, workspace: env.MAIN_WORKSPACE }
]

const server = createServer((request, response) => {
  const { prefix, pool, key, workspace } = ROUTES.find((route) => request.url.startsWith(`${route.prefix}/`))
  const headers = ['x-api-key', key, 'x-tenant-id', workspace]
  for (let at = 0; at < request.rawHeaders.length; at += 2) {
    if (!REMOVED.has(request.rawHeaders[at].toLowerCase())) headers.push(request.rawHeaders[at], request.rawHeaders[at + 1])
  }
  const hasBody = request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined
  pool.dispatch({ path: request.url.slice(prefix.length), method: request.method, headers, body: hasBody ? request : null }, {
    onConnect (abort) { response.once('close', () => { if (!response.writableFinished) abort() }) },
    onHeaders (status, rawHeaders, resume) {
      const kept = []
      for (let at = 0; at < rawHeaders.length; at += 2) {
        const name = rawHeaders[at].toString('latin1')
        if (!REMOVED.has(name.toLowerCase())) kept.push(name, rawHeaders[at + 1].toString('latin1'))
      }
      response.writeHead(status, kept)
      response.on('drain', resume)
      return true
    },
    onData (piece) { return response.write(piece) },
    onComplete () { response.end() },
    onError () { response.destroy() }
  })
})
server.requestTimeout = 0
server.listen({ port: Number(env.PORT), host: '127.0.0.1' })
