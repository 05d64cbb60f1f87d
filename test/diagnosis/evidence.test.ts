import fc from 'fast-check'
import t from 'tap'
import { diagnose } from '../../src/diagnosis/diagnose.ts'
import type { Dialect, Fields } from '../../src/diagnosis/diagnosis.ts'
import { collectEvidence } from '../../src/diagnosis/evidence.ts'
import { excerptOf, MAX_EXCERPT } from '../../src/diagnosis/excerpt.ts'
import { evidenceOf, known, refusal, type Refusal } from './support.ts'

const unmasked = (text: string): string => text

t.test('a body is read by its form, whatever is wrong with it', async (t) => {
  const cases: readonly [what: string, given: Refusal, dialect: Dialect, fields: Fields][] = [
    ['nothing', { body: '' }, 'empty', {}],
    ['only blanks', { body: ' \r\n' }, 'empty', {}],
    ['Python backend', { body: '{"detail":"no"}' }, 'detail', { detail: 'no' }],
    ['pretty-printed', { body: '{\n  "detail" : "no"\n}\n' }, 'detail', { detail: 'no' }],
    ['byte order mark', { body: '\ufeff{"detail":"no"}' }, 'detail', { detail: 'no' }],
    ['JSON under another type', { body: '{"detail":"no"}', type: 'text/html' }, 'detail', { detail: 'no' }],
    ['Go backend', { body: '{"error":"no","message":"why"}\n' }, 'error', { error: 'no', message: 'why' }],
    ['problem details', { body: '{"title":"Forbidden","status":403,"detail":"no"}' }, 'problem', { title: 'Forbidden', detail: 'no' }],
    ['problem details by type', { body: '{"detail":"no"}', type: 'application/problem+json' }, 'problem', { detail: 'no' }],
    ['sandboxes', { body: '{"detail":{"error":"E","message":"m","error_id":"1"}}' }, 'detail', { error: 'E', message: 'm' }],
    ['a list of details', { body: '{"detail":[{"msg":"no"}]}' }, 'detail', {}],
    ['Google\'s error object', { body: '{"error":{"code":403,"message":"no"}}' }, 'other-json', { message: 'no' }],
    ['an array', { body: '["no"]' }, 'other-json', {}],
    ['a string', { body: '"no"' }, 'other-json', { text: 'no' }],
    ['null', { body: 'null' }, 'other-json', {}],
    ['numbers for words', { body: '{"detail":1,"error":null}' }, 'detail', {}],
    ['__proto__', { body: '{"__proto__":{"detail":"no"},"error":"yes"}' }, 'error', { error: 'yes' }],
    ['cut in a value', { body: '{"detail":"Forbidden' }, 'detail', { detail: 'Forbidden…' }],
    ['cut in an escape', { body: '{"error":"a\\u00' }, 'error', { error: 'a\\u00…' }],
    ['cut after a backslash', { body: '{"error":"a\\' }, 'error', { error: 'a…' }],
    ['cut behind a value', { body: '{"error":"a\\nb","message":"c","x":[1,' }, 'error', { error: 'a\nb', message: 'c' }],
    ['cut behind a name', { body: '{"detail":' }, 'detail', {}],
    ['cut in a name', { body: '{"detail' }, 'other-json', {}],
    ['cut before the first name', { body: '{' }, 'other-json', {}],
    ['cut, of another form', { body: '{"message":"no","x":' }, 'other-json', { message: 'no' }],
    ['braces that are no JSON', { body: '{no}' }, 'text', { text: '{no}' }],
    ['a page', { body: '<!DOCTYPE html><html><head><title lang="en">\n No \n way</title><style>b{}</style></head><body>Go</body>', type: 'text/html' }, 'html', { title: 'No way', text: 'No way Go' }],
    ['a page without title', { body: '<html><body><h1>No</h1></body>', type: 'text/html' }, 'html', { text: 'No' }],
    ['a page of tags only', { body: '<html><body' }, 'html', {}],
    ['XML', { body: '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', type: 'application/xml' }, 'html', { text: 'AccessDenied' }],
    ['text', { body: 'no\nmore' }, 'text', { text: 'no' }],
    ['latin1', { body: Buffer.from('{"detail":"h\u00f6"}', 'latin1'), type: 'application/json; charset=ISO-8859-1' }, 'detail', { detail: 'h\u00f6' }],
    ['UTF-16', { body: Buffer.from('\ufeff{"detail":"no"}', 'utf16le') }, 'detail', { detail: 'no' }],
    ['UTF-16, the other way round', { body: Buffer.from('\ufeff{"detail":"no"}', 'utf16le').swap16() }, 'detail', { detail: 'no' }],
    ['a character set that nobody knows', { body: '{"detail":"no"}', type: 'application/json; charset="klingon"' }, 'detail', { detail: 'no' }]
  ]
  for (const [what, given, dialect, fields] of cases) {
    const evidence = evidenceOf(given)
    t.equal(evidence.dialect, dialect, `${what}: dialect`)
    t.same(evidence.fields, fields, `${what}: fields`)
  }
})

t.test('binary bodies are text at most', async (t) => {
  t.equal(evidenceOf({ body: Buffer.from([0, 1, 2, 0xff, 0xc3, 0x28]), type: 'application/octet-stream' }).dialect, 'text')
})

t.test('the evidence names the settings and holds no secret', async (t) => {
  const exchange = refusal({ path: '/runs?api_key=canary', server: 'nginx' })
  const evidence = collectEvidence({ ...exchange, headers: [...exchange.headers, 'server', 'second', 'odd'] }, known())
  t.match(evidence, { path: '/runs', contentType: 'application/json', server: 'nginx', removed: ['authorization'] })
  t.same(evidence.route, {
    prefix: '/eu', upstreamHost: 'eu.api.smith.langchain.com', region: 'eu', credential: 'team', secretRef: 'env:TEAM_KEY',
    keyShape: { kind: 'personal', defects: [] }, workspaceId: undefined
  })
  t.notMatch(JSON.stringify(evidence), /canary/)
  t.equal(collectEvidence({ ...exchange, headers: ['Server'] }, known()).server, undefined)
})

t.test('bodies that are made to keep a parser busy take no time', async (t) => {
  const patterns = ['<title', '<style', '<', '<!--', '{"detail":"', '{"detail"  ', '{"error":"\\', '[', '{"a":', '"', '{"detail":"a",', '\\u', 'a<b>']
  for (const pattern of patterns) {
    for (const start of ['', '{', '<html>']) {
      const body = (start + pattern.repeat(Math.ceil(65_536 / pattern.length))).slice(0, 65_536)
      const before = process.cpuUsage()
      diagnose(evidenceOf({ body }))
      const { user } = process.cpuUsage(before)
      // Microseconds of our own work, so that a busy machine does not matter: linear work on 64 KiB takes a few thousand.
      t.ok(user < 100_000, `${start}${pattern}… took ${user}`)
    }
  }
})

t.test('an excerpt is what the upstream gave as its reason, on one line', async (t) => {
  const excerpt = (body: string): string => excerptOf(evidenceOf({ body }), unmasked)
  t.equal(excerpt('{"detail":"Forbidden"}'), 'Forbidden')
  t.equal(excerpt('{"error":"code","message":"why"}'), 'code; why')
  t.equal(excerpt('{"title":"Forbidden","status":403,"detail":"Forbidden"}'), 'Forbidden', 'said once')
  t.equal(excerpt('<html><title>403</title><p>long story'), '403')
  t.equal(excerpt('<html><p>long story'), 'long story')
  t.equal(excerpt('first line\nsecond'), 'first line')
  t.equal(excerpt('{"other":"x"}'), '')
  t.equal(excerpt('{"detail":"a\\r\\nb\\u001b[31m\\u202e\\u2028\\ud800c"}'), 'a\\u{d}\\u{a}b\\u{1b}[31m\\u{202e}\\u{2028}\\u{d800}c')
})

t.test('an excerpt is masked before it is cut, so that no half of a secret is left', async (t) => {
  const secret = 'canary-0123456789abcdef'
  const body = JSON.stringify({ detail: `${'x'.repeat(MAX_EXCERPT - 10)}${secret}` })
  const excerpt = excerptOf(evidenceOf({ body }), (text) => text.replaceAll(secret, '*'.repeat(secret.length)))
  t.notMatch(excerpt, /canary/)
  t.match(excerpt, /\*+…$/)
  t.equal(excerpt.length, MAX_EXCERPT)
  t.notMatch(excerptOf(evidenceOf({ body: JSON.stringify({ detail: '\ud83d\ude00'.repeat(400) }) }), unmasked), /\p{Cs}/u, 'no character is halved')
})

t.test('whatever an upstream sends, there is a diagnosis, and nothing of the answer is in it', async (t) => {
  const word = fc.constantFrom('canary', 'Forbidden', 'Invalid token', 'nginx', '403', '…', '\u0000', '"', '\\')
  const json = fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.stringify({ detail: 'canary', extra: value }))
  const field = fc.record({ detail: word, error: word, message: word, title: word, status: fc.nat() }, { requiredKeys: [] }).map((value) => JSON.stringify(value))
  const cut = fc.tuple(fc.oneof(json, field), fc.nat(60)).map(([text, at]) => text.slice(0, at))
  const body = fc.oneof(fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)), fc.oneof(json, field, cut, fc.string({ unit: 'binary' })).map((text) => Buffer.from(text)))
  const exchange = fc.record({
    body, status: fc.constantFrom(401, 403), method: fc.constantFrom('GET', 'HEAD', 'POST', 'canary'),
    path: fc.oneof(fc.constant('/canary?canary'), fc.webPath(), fc.string()), headers: fc.array(fc.oneof(fc.constantFrom('server', 'Content-Type', 'canary', '__proto__'), fc.string()))
  })
  fc.assert(fc.property(exchange, (given) => {
    const evidence = collectEvidence({ ...refusal({}), ...given }, known())
    const diagnosis = diagnose(evidence)
    const excerpt = excerptOf(evidence, unmasked)
    if (excerpt.length > MAX_EXCERPT || /\p{Cc}/u.test(excerpt)) return false
    return !JSON.stringify(diagnosis).includes('canary') && /^[a-z]+(-[a-z]+)*$/.test(diagnosis.code)
  }), { numRuns: 1500 })
  t.pass('1500 answers')
})
