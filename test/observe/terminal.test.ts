// The log as a person at a terminal sees it.

import t from 'tap'
import type { ProxyEvent } from '../../src/events.ts'
import { createLogger } from '../../src/observe/logger.ts'
import { createTerminalFormat } from '../../src/observe/terminal.ts'

function shown (event: ProxyEvent, color = false): string {
  const format = createTerminalFormat(color)
  let text = ''
  const logger = createLogger({ level: 'debug', write: (line) => { text += format(line) }, maskText: (given) => given, maskLine: (line) => line })
  logger(event)
  return text
}

const REFUSAL: Extract<ProxyEvent, { event: 'refusal.diagnosed' }> = {
  event: 'refusal.diagnosed', reqId: '1', method: 'GET', path: '/api/v1/sessions', route: '/', credential: 'us', fingerprint: '00000000', secret_ref: 'env:KEY_US', status: 403, excerpt: 'Forbidden',
  diagnosis: { probed: false,
    code: 'key-other-region', summary: 'the key belongs to another region',
    causes: [
      { code: 'key-other-region', confidence: 'likely', summary: 'the key belongs to another region', fix: 'set region: eu' },
      { code: 'key-revoked', confidence: 'possible', summary: 'Possibly the key was revoked.', fix: 'make a new one' }
    ]
  }
}

// What an upstream writes reaches the developer's terminal. Escape sequences in it could rewrite lines that
// are there already, set the window's title, or on some terminals type commands (8-bit forms included).
t.test('no control character of a path, an excerpt or a host reaches the terminal', async (t) => {
  const evil = 'a\x1b]0;title\x07\x1b[2J\x9b31m\r\n\x08b\u202ec'
  const events: readonly ProxyEvent[] = [
    { ...REFUSAL, excerpt: evil, path: evil },
    { ...REFUSAL, event: 'refusal.explained', path: evil },
    { ...REFUSAL, event: 'answer.diagnosed', excerpt: evil },
    { event: 'route.checked', route: evil, credential: evil, secret_ref: evil, fingerprint: '00000000', result: 'untold', reason: evil },
    { event: 'redirect.foreign', reqId: '1', method: 'GET', path: '/', target: evil },
    { event: 'config.noticed', code: 'c', message: evil, hint: evil },
    { event: 'proxy.started', url: 'http://localhost:1', version: '1', config: evil, routes: [{ prefix: '/', upstream: evil, credential: evil, secret_ref: evil, fingerprint: '00000000', workspace: false, via: evil }] }
  ]
  for (const event of events) {
    const text = shown(event)
    // eslint-disable-next-line no-control-regex -- that there are none is the point
    t.notMatch(text.replaceAll('\n', ''), /[\x00-\x1f\x7f-\x9f\u202e]/, event.event)
    t.notMatch(text, /^\S*b/m, `${event.event}: no line begins with what the upstream wrote`)
    t.match(text, /\\u\{1b\}\]0;title/, `${event.event}: one sees that there was something`)
  }
})

t.test('a refusal is a block: what is wrong, what LangSmith said, what to do', async (t) => {
  const [head = '', ...rest] = shown(REFUSAL).trimEnd().split('\n')
  t.match(head, /^\[\d\d:\d\d:\d\d\] WARN: 403: the key belongs to another region$/)
  t.same(rest, [
    '  GET /api/v1/sessions  route /  credential us [00000000] from env:KEY_US',
    '  LangSmith said: Forbidden',
    '    → set region: eu',
    '  Possibly the key was revoked.',
    '    → make a new one'
  ])
  t.match(shown({ ...REFUSAL, excerpt: '', route: undefined, credential: undefined }), /route \? {2}credential \? .*LangSmith said: \(nothing\)/s)
})

t.test('several causes name the key in full only once', async (t) => {
  const named = 'the key of credential "us" (env:KEY_US)'
  const cause = (summary: string): (typeof REFUSAL)['diagnosis']['causes'][number] => ({ code: 'c', confidence: 'possible', summary, fix: `look for ${named}` })
  const text = shown({ ...REFUSAL, diagnosis: { ...REFUSAL.diagnosis, summary: 'LangSmith refused it.', causes: [cause(`Possibly ${named} is old.`), cause(`T${named.slice(1)} is odd.`)] } })
  t.match(text, `Possibly ${named} is old.\n    → look for the key\n  possible: The key is odd.\n    → look for the key\n`)
})

t.test('what read-only calls found out is a block that says so; what LangSmith said is not told again', async (t) => {
  const { method, path, route, credential, fingerprint, secret_ref, status } = REFUSAL
  const cause = { code: 'key-revoked', confidence: 'certain' as const, summary: 'The key was revoked.', fix: 'make a new one' }
  const text = shown({
    event: 'refusal.explained', reqId: '1', method, path, route, region: 'eu', credential, fingerprint, secret_ref, status,
    diagnosis: { probed: true, code: cause.code, summary: cause.summary, causes: [cause] }
  })
  t.same(text.slice('[00:00:00] '.length).trimEnd().split('\n'), [
    'WARN: 403 explained, after asking LangSmith: The key was revoked.',
    '  GET /api/v1/sessions  route / (eu)  credential us [00000000] from env:KEY_US',
    '    → make a new one'
  ])
})

t.test('another answer whose cause is known is a block like a refusal', async (t) => {
  const text = shown({ ...REFUSAL, event: 'answer.diagnosed', status: 429, excerpt: 'Too many requests' })
  t.match(text, /WARN: 429: the key belongs to another region\n {2}GET .*\n {2}LangSmith said: Too many requests\n/)
})

t.test('the check of a key at the start is one line, with the fix where one cause stands out', async (t) => {
  const checked = { event: 'route.checked', route: '/eu', credential: 'eu', secret_ref: 'env:KEY_EU', fingerprint: '00000000' } as const
  const { diagnosis } = REFUSAL
  const cases: readonly (readonly [ProxyEvent, RegExp])[] = [
    [{ ...checked, result: 'accepted', status: 200 }, /^INFO: route \/eu: LangSmith accepts the key of credential "eu" \(env:KEY_EU\)$/],
    [{ ...checked, result: 'refused', status: 403, diagnosis }, /^WARN: route \/eu: .* with 403: the key belongs to another region → set region: eu$/],
    [{ ...checked, result: 'refused', status: 403, diagnosis: { ...diagnosis, code: 'undetermined', summary: 'Nobody knows.' } }, /^WARN: .* with 403: Nobody knows\. See \/-\/refusals$/],
    [{ ...checked, result: 'refused', status: 403 }, /^WARN: .* with 403: $/],
    [{ ...checked, result: 'untold', reason: 'no answer within 2 seconds' }, /^WARN: route \/eu: .* could not be tried: no answer within 2 seconds$/]
  ]
  for (const [event, line] of cases) {
    const text = shown(event)
    t.match(text.slice('[00:00:00] '.length, -1), line)
    t.equal(text.split('\n').length, 2)
  }
})

t.test('a request is one line', async (t) => {
  const text = shown({ event: 'request.completed', reqId: '1', method: 'GET', path: '/runs', route: '/', status: 200, source: 'upstream', duration_ms: 12.3, bytes_in: 0, bytes_out: 5 })
  t.match(text, /^\[\d\d:\d\d:\d\d\] INFO: GET \/runs → 200 in 12\.3 ms\n$/)
})

t.test('the start names every route, where its key is kept, and the proxy in between', async (t) => {
  const route = { prefix: '/', upstream: 'https://api.smith.langchain.com', region: 'us', credential: 'us', secret_ref: 'env:KEY_US', fingerprint: '0a1b2c3d', workspace: false }
  const text = shown({ event: 'proxy.started', url: 'http://localhost:5764', version: '1', config: 'environment', routes: [route, { ...route, prefix: '/self', region: undefined, via: 'egress:3128' }] })
  t.match(text, /listening on http:\/\/localhost:5764\n {2}\/ → https:\/\/api\.smith\.langchain\.com \(us\) {2}credential us \[0a1b2c3d\] from env:KEY_US\n {2}\/self → https:\/\/api\.smith\.langchain\.com {2}credential us \[0a1b2c3d\] from env:KEY_US {2}via egress:3128\n$/)
  t.match(shown({ event: 'proxy.started', url: 'http://localhost:1', version: '1', config: 'environment', routes: [{ ...route, fingerprint: undefined }] }), /credential us \[no key yet\] from/)
})

t.test('colours are there where the terminal shows them', async (t) => {
  const event: ProxyEvent = { event: 'signal.ignored', signal: 'SIGHUP' }
  t.match(shown(event, true), '\x1b[')
  t.notMatch(shown(event, false), '\x1b[')
})
