import t from 'tap'
import { Secret } from '../../src/secrets/secret.ts'
import { createHeaderMask } from '../../src/swap/mask-header.ts'
import { patternsOf } from '../../src/swap/patterns.ts'
import { answerHeaders } from '../../src/swap/response-headers.ts'
import { routeOf, TEST_KEY } from '../support/proxy.ts'

const ROUTE = routeOf({ upstream: 'https://eu.api.smith.langchain.com', prefix: '/eu' })
const MASK = createHeaderMask(patternsOf(new Secret(TEST_KEY)))

function headersFor (...raw: readonly string[]): ReturnType<typeof answerHeaders> {
  return answerHeaders(ROUTE, raw, MASK)
}

t.test('what belongs to the connection, opens answers to web pages or forges our own marks stays here', async (t) => {
  const names = [
    'Connection', 'Keep-Alive', 'Proxy-Connection', 'Proxy-Authenticate', 'Proxy-Authentication-Info', 'Transfer-Encoding', 'TE', 'Trailer', 'Upgrade',
    'Access-Control-Allow-Origin', 'ACCESS-CONTROL-ALLOW-CREDENTIALS', 'access-control-allow-private-network',
    'X-LangSmith-Proxy', 'x-langsmith-proxy-diagnosis', 'X-LANGSMITH-PROXY-HOP'
  ]
  for (const name of names) t.strictSame(headersFor('a', '1', name, 'x', 'b', '2').headers, ['a', '1', 'b', '2'], name)
})

t.test('what any Connection header of the answer names stays here, but for the description of the body', async (t) => {
  t.strictSame(headersFor('X-Hop', '1', 'Connection', 'close, X-HOP', 'x-kept', '2', 'connection', 'x-other', 'X-Other', '3').headers, ['x-kept', '2'])
  t.strictSame(headersFor('Connection', 'content-length, Content-Type', 'Content-Length', '3', 'content-type', 'a/b').headers, ['Content-Length', '3', 'content-type', 'a/b'])
})

t.test('everything else stays as it came: order, spelling, repetition and bytes', async (t) => {
  const raw = ['Date', 'now', 'SET-cookie', 'a=1', 'set-Cookie', 'b=2', 'ETag', 'W/"x"', '__proto__', 'x', 'constructor', 'y', 'X-Caf\xe9', '\xe9', 'Vary', '*', 'x-request-id', '7', 'Retry-After', '900', 'X-Empty', '']
  t.strictSame(headersFor(...raw).headers, raw)
  t.strictSame(headersFor(), { headers: [], foreignRedirect: undefined, identity: true })
})

const STARS = `lsv2_pt_${'*'.repeat(TEST_KEY.length - 8)}`

t.test('the key is masked in values and in names', async (t) => {
  t.strictSame(headersFor('x-echo', `key ${TEST_KEY}!`, TEST_KEY, 'x').headers, ['x-echo', `key ${STARS}!`, STARS, 'x'])
  t.strictSame(headersFor('Location', `/runs?k=${TEST_KEY}`).headers, ['Location', `/eu/runs?k=${STARS}`])
})

t.test('a redirect stays in the proxy, or its host is named', async (t) => {
  t.strictSame(headersFor('LOCATION', 'https://eu.api.smith.langchain.com/runs/', 'Content-Location', '/runs/1'), {
    headers: ['LOCATION', '/eu/runs/', 'Content-Location', '/eu/runs/1'], foreignRedirect: undefined, identity: true
  })
  t.match(headersFor('Location', 'https://evil.example/x'), { headers: ['Location', 'https://evil.example/x'], foreignRedirect: 'evil.example' })
  t.match(headersFor('Content-Location', 'https://evil.example/x'), { foreignRedirect: undefined })
})

t.test('a body is searched for the key unless it is compressed', async (t) => {
  for (const value of ['gzip', 'GZIP', 'x-gzip', 'deflate', 'br', 'zstd', 'compress', 'identity, gzip', 'gzip, br']) t.notOk(headersFor('Content-Encoding', value).identity, value)
  t.notOk(headersFor('Content-Encoding', 'br', 'content-encoding', 'identity').identity, 'in the first of two')
  for (const value of ['identity', '', ' ', 'Identity', 'identity, identity', 'none', 'utf-8']) t.ok(headersFor('Content-Encoding', value).identity, JSON.stringify(value))
})
