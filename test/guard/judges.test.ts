import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import t from 'tap'
import { endConnection } from '../../src/guard/bare-socket.ts'
import { judgeBrowser } from '../../src/guard/browser.ts'
import { answerClientError } from '../../src/guard/client-error.ts'
import { judgeFraming, judgeLength } from '../../src/guard/framing.ts'
import { readHead } from '../../src/guard/head.ts'
import { judgeHost } from '../../src/guard/host.ts'
import { judgeTarget, lenientPath, pathOf } from '../../src/guard/target.ts'

t.test('Host: a name that is not this proxy\'s is refused', async (t) => {
  const foreign = [
    'evil.example', 'evil.example:5764', '0.0.0.0', '0.0.0.0:5764', '[::]', '127.0.0.2', '127.1', '2130706433', '0x7f000001', '017700000001',
    '[::ffff:127.0.0.1]', '[0:0:0:0:0:0:0:1]', 'localhost.', 'localhost.evil.example', 'evil.localhost', 'xlocalhost', '127.0.0.1.evil.example',
    'api.smith.langchain.com', 'proxy', 'proxy.internal.evil', 'xproxy.internal', '_', '-'
  ]
  for (const host of foreign) t.match(judgeHost([host], ['proxy.internal', '[fd00::1]']), { code: 'host-not-allowed' }, host)
})

t.test('Host: what is not one well-formed name is refused, and crashes nothing', async (t) => {
  const malformed = [
    [], ['localhost', 'localhost'], ['localhost', 'evil.example'], [''], [' '], ['localhost,evil.example'], ['localhost evil.example'], ['user@localhost'],
    ['localhost@evil.example'], ['localhost:'], ['localhost:x'], ['localhost:123456'], ['localhost:80:80'], ['localhost/'], ['localhost?'], ['localhost#'], ['http://localhost'],
    ['::1'], ['[::1'], ['::1]'], ['[localhost]'], ['[::1%25lo]'], ['localhost\\'], ['localhost\t'], ['local\u0000host'], ['l\u00f6calhost'], ['%6cocalhost'], ['*'], [':80'], ['localhost\n']
  ]
  for (const values of malformed) t.match(judgeHost(values, []), { code: 'request-ambiguous' }, JSON.stringify(values))
})

t.test('Host: the loopback names and the configured ones are this proxy\'s, with any port', async (t) => {
  for (const host of ['localhost', 'LocalHost:1', '127.0.0.1', '127.0.0.1:65535', '[::1]', '[::1]:5764', 'proxy.internal', 'PROXY.INTERNAL:443', '[FD00::1]:80']) {
    t.equal(judgeHost([host], ['proxy.internal', '[fd00::1]']), undefined, host)
  }
})

t.test('web pages are recognised by Origin and Sec-Fetch-Site', async (t) => {
  const cases: readonly [origin: readonly string[], fetchSite: readonly string[], elsewhere: boolean, ownPage: boolean][] = [
    [['https://evil.example'], [], true, true],
    [['null'], [], true, true],
    [[''], [], true, true],
    [['http://localhost:5764'], [], true, true],
    [['http://localhost:5764', 'http://localhost:5764'], ['none'], true, true],
    [['chrome-extension://abcdef'], [], true, true],
    [['http://['], [], true, true],
    [[], ['cross-site'], true, true],
    [[], ['same-site'], true, true],
    [[], ['same-origin'], true, false],
    [[], ['none', 'cross-site'], true, true],
    [[], ['cross-site', 'none'], true, true],
    [[], [''], true, true],
    [[], ['none, none'], true, true],
    [[], ['none'], false, false],
    [[], [], false, false]
  ]
  for (const [origin, fetchSite, elsewhere, ownPage] of cases) {
    const name = `Origin ${JSON.stringify(origin)}, Sec-Fetch-Site ${JSON.stringify(fetchSite)}`
    t.equal(judgeBrowser({ origin, fetchSite }, false)?.code, elsewhere ? 'browser-request' : undefined, `${name}, to the upstream`)
    t.equal(judgeBrowser({ origin, fetchSite }, true)?.code, ownPage ? 'browser-request' : undefined, `${name}, to an own page`)
  }
})

t.test('a target that two parsers could read differently is refused', async (t) => {
  const refused = [
    '', '*', 'runs', '?x', 'http://evil.example/', 'HTTPS://localhost/runs', 'evil.example:443', '@evil.example/', '\\evil', '/\\evil', '/runs\\..\\x', '/runs#x', '/runs?a#b',
    '/.', '/..', '/./runs', '/../runs', '/runs/..', '/runs/.', '/a/./b', '/a/../b', '/eu/../us', '/eu/..', '/eu/..?x=1',
    '/%2e', '/%2E%2e/x', '/.%2e/x', '/a/%2e/b', '/a/%2e%2e/b', '/a/%2e%2e%2fb', '/a%2f..%2fb', '/a%5c..%5cb', '/a/..%5cb', '/a/%252e%252e/b', '/a/%25252e%25252e/b', '/a%252f..%252fb',
    '/a/..;/b', '/a/..;x=1/b', '/a/.;/b', '/a/;x/../b', '/a/..%3b/b', '/a/%2e%2e;x/b', '/a/..%253bx/b',
    '/%', '/%2', '/%zz', '/a%g0', '/runs%', '/runs/%u0041',
    '/api-key%0a', '/a%00b', '/a%0d%0ab', '/a%7f', '/a%250a',
    '/ru ns', '/ru\u0000ns', '/ru\tns', '/caf\u00e9', '/\u007f', '/runs?\u0000', '/runs?a b', '/runs?\u00e9'
  ]
  for (const target of refused) t.match(judgeTarget(target), { code: 'request-ambiguous' }, JSON.stringify(target))
})

t.test('an unusual but plain target passes', async (t) => {
  const passing = [
    '/', '//', '//evil.example/x', '/@evil.example', '/a@b', '/runs?', '/runs??', '/runs?/../x', '/runs?a=%', '/runs?a=%zz&b=\\', '/...', '/.well-known/x', '/a..b/c', '/..a', '/a/b.', '/.%2ex',
    '/a%2fb', '/a%2Fb', '/a%5cb', '/%ff', '/%e2%82%ac', '/a;b', '/a;b=c/d', '/a:b', '/a|b', '/{x}', '/[x]', '/"x"', '/<x>', '/^`~', '/http://evil.example', `/${'a'.repeat(8000)}`
  ]
  for (const target of passing) t.equal(judgeTarget(target), undefined, target.slice(0, 40))
})

t.test('the lenient reading undoes escapes, backslashes and path parameters', async (t) => {
  t.equal(lenientPath('/a%2Fb%5Cc;x=1/%2564'), '/a/b/c/d')
  t.equal(lenientPath('/%ff'), '/\u00ff')
  t.equal(pathOf('/a?b?c'), '/a')
  t.equal(pathOf('/a'), '/a')
})

t.test('a length that two parsers could read differently is refused', async (t) => {
  const cases: readonly [lengths: readonly string[], encodings: readonly string[], version: string, ambiguous: boolean][] = [
    [['5', '5'], [], '1.1', true],
    [['5', '6'], [], '1.1', true],
    [['5, 5'], [], '1.1', true],
    [['+5'], [], '1.1', true],
    [['-5'], [], '1.1', true],
    [['0x5'], [], '1.1', true],
    [['5 '], [], '1.1', true],
    [['1e1'], [], '1.1', true],
    [[''], [], '1.1', true],
    [['5'], ['chunked'], '1.1', true],
    [[], ['chunked', 'chunked'], '1.1', true],
    [[], ['gzip, chunked'], '1.1', true],
    [[], ['chunked, identity'], '1.1', true],
    [[], ['identity'], '1.1', true],
    [[], ['xchunked'], '1.1', true],
    [[], [' chunked'], '1.1', true],
    [[], ['\u000bchunked'], '1.1', true],
    [[], [''], '1.1', true],
    [[], ['chunked'], '1.0', true],
    [[], ['chunked'], '1.1', false],
    [[], ['Chunked'], '1.1', false],
    [[], [], '0.9', true],
    [[], [], '2.0', true],
    [['0'], [], '1.1', false],
    [['5'], [], '1.0', false],
    [[], [], '1.0', false]
  ]
  for (const [contentLength, transferEncoding, version, ambiguous] of cases) {
    t.equal(judgeFraming({ contentLength, transferEncoding }, version)?.code, ambiguous ? 'request-ambiguous' : undefined,
      `Content-Length ${JSON.stringify(contentLength)}, Transfer-Encoding ${JSON.stringify(transferEncoding)}, HTTP/${version}`)
  }
})

t.test('a body over the limit is refused by its announced length', async (t) => {
  t.match(judgeLength('11', 10), { code: 'body-too-large' })
  t.match(judgeLength('99999999999999999999999', 10), { code: 'body-too-large' })
  t.equal(judgeLength('10', 10), undefined)
  t.equal(judgeLength(undefined, 10), undefined, 'a chunked body is counted while it streams')
  t.equal(judgeLength('11', undefined), undefined)
})

t.test('the head keeps every value of what is judged, in order and in any letter case', async (t) => {
  t.strictSame(readHead(['HOST', 'a', 'x', 'y', 'Host', 'b', 'Origin', '', 'sec-FETCH-site', 'none', 'content-length', '1', 'Transfer-Encoding', 'chunked', 'X-LangSmith-Proxy-Hop', 'h']), {
    host: ['a', 'b'], origin: [''], fetchSite: ['none'], contentLength: ['1'], transferEncoding: ['chunked'], hop: ['h']
  })
  t.strictSame(readHead(['__proto__', 'x', 'constructor', 'y', 'odd']), { host: [], origin: [], fetchSite: [], contentLength: [], transferEncoding: [], hop: [] })
})

t.test('bytes that are no request get an answer that says why, where somebody is left to read it', async (t) => {
  const errorWith = (code: string): NodeJS.ErrnoException => Object.assign(new Error('canary'), { code })

  const gone = new PassThrough()
  t.equal(answerClientError(errorWith('ECONNRESET'), gone, 'id', []), undefined)
  t.ok(gone.destroyed)
  const ended = new PassThrough().end()
  t.equal(answerClientError(errorWith('HPE_INVALID_METHOD'), ended, 'id', []), undefined)
  t.ok(ended.destroyed)

  for (const [code, status, ours] of [
    ['HPE_HEADER_OVERFLOW', 431, 'headers-too-large'], ['ERR_HTTP_REQUEST_TIMEOUT', 408, 'request-timeout'], ['HPE_INVALID_URL', 400, 'request-ambiguous'], ['HPE_INVALID_METHOD', 400, 'request-ambiguous']
  ] as const) {
    const socket = new PassThrough()
    t.match(answerClientError(errorWith(code), socket, 'id', []), { code: ours })
    const text = String(socket.read())
    t.match(text, new RegExp(`^HTTP/1\\.1 ${status} [^\\r]*\\(langsmith-proxy: ${ours}\\)\\r\\n`), code)
    t.match(text, /\r\nconnection: close\r\n/)
    t.notMatch(text, /canary|HPE_/)
  }
})

t.test('a connection without a request is let go even if the other side never closes it', async (t) => {
  const socket = new PassThrough()
  endConnection(socket, 'last bytes')
  t.notOk(socket.destroyed, 'there is time to read them')
  await once(socket, 'close')
  t.ok(socket.destroyed)
})
