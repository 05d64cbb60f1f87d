// @fastify/http-proxy as its README shows it: one registration for each prefix, rewriteRequestHeaders and queryString
// for the swap, rewriteHeaders for answers, retryMethods, timeouts and TLS of undici (README of @fastify/reply-from:
// "undici"; it verifies nothing by default). All else is its default. What a proxy built on it has to add itself, checks
// of Host, Origin, targets and endpoints above all, is left out on purpose: that would be code of ours.

import { readFileSync } from 'node:fs'
import proxy from '@fastify/http-proxy'
import Fastify from 'fastify'

const { env } = process
const CREDENTIALS = ['authorization', 'proxy-authorization', 'x-api-key', 'x-tenant-id', 'x-organization-id', 'x-user-id', 'x-service-key', 'cookie', 'cookie2']
const FORWARDING = /^(forwarded|x-real-ip|x-forwarded-.*|x-http-method-override|x-http-method|x-method-override|x-original-url|x-rewrite-url)$/
const HOP_BY_HOP = ['connection', 'keep-alive', 'proxy-connection', 'proxy-authenticate', 'te', 'trailer', 'upgrade', 'http2-settings', 'expect']
const NOT_FOR_CLIENTS = /^(access-control-|x-langsmith-proxy)/

const isKept = (name) => {
  const canonical = name.replaceAll('_', '-') // some servers read X_API_Key as X-API-Key
  return !CREDENTIALS.includes(canonical) && !FORWARDING.test(canonical) && !canonical.startsWith('x-langsmith-proxy') && !HOP_BY_HOP.includes(canonical)
}

const without = (headers, kept) => Object.fromEntries(Object.entries(headers).filter(([name]) => kept(name)))

const withoutKey = (search, target) => target.split('?').slice(1).join('?').split('&').filter((pair) => !/^(x[-_])?api[-_]?key(=|$)/i.test(unescaped(pair))).join('&')

const unescaped = (text) => text.replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))

const milliseconds = (text) => Number.parseFloat(text) * 1000

const server = Fastify()
const route = (prefix, upstream, key, workspace) => server.register(proxy, {
  prefix,
  upstream,
  retryMethods: [], // else a GET that is answered 503 is sent eleven times
  undici: {
    headersTimeout: milliseconds(env.HEAD_TIMEOUT),
    bodyTimeout: milliseconds(env.IDLE_TIMEOUT),
    tls: { rejectUnauthorized: true, ca: readFileSync('authority.pem') }
  },
  replyOptions: {
    queryString: withoutKey,
    rewriteRequestHeaders: (request, headers) => ({ ...without(headers, isKept), 'x-api-key': key, 'x-tenant-id': workspace }),
    rewriteHeaders: (headers) => without(headers, (name) => !NOT_FOR_CLIENTS.test(name) && !HOP_BY_HOP.includes(name))
  }
})

route('/', `http://127.0.0.1:${env.MAIN_PORT}`, env.MAIN_KEY, env.MAIN_WORKSPACE)
route('/eu', `http://127.0.0.1:${env.EU_PORT}`, env.EU_KEY, env.EU_WORKSPACE)
route('/down', `http://127.0.0.1:${env.DOWN_PORT}`, env.MAIN_KEY, env.MAIN_WORKSPACE)
for (const place of ['tls', 'impostor', 'expired', 'misnamed']) {
  route(`/${place}`, `https://127.0.0.1:${env[`${place.toUpperCase()}_PORT`]}`, env.MAIN_KEY, env.MAIN_WORKSPACE)
}
server.get('/-/live', async () => 'ok')

await server.listen({ port: Number(env.PORT), host: '127.0.0.1' })
