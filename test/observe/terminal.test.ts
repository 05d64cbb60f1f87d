// The log as a person at a terminal sees it.

import t from 'tap'
import type { ProxyEvent } from '../../src/events.ts'
import { createLogger } from '../../src/observe/logger.ts'
import { createTerminalFormat } from '../../src/observe/terminal.ts'

interface Terminal { readonly color?: boolean, readonly width?: number | undefined }

/** What a terminal shows of these events, one after another. */
function allShown (events: readonly ProxyEvent[], { color = false, width }: Terminal = {}): string {
  const format = createTerminalFormat(color, () => width)
  let text = ''
  const { emit } = createLogger({ level: 'debug', write: (line) => { text += format(line) }, maskText: (given) => given, maskLine: (line) => line })
  for (const event of events) emit(event)
  return text
}

function shown (event: ProxyEvent, terminal?: Terminal): string {
  return allShown([event], terminal)
}

/** Without the time. */
function linesOf (text: string): readonly string[] {
  return text.split('\n').map((line) => line.replace(/^\d\d:\d\d:\d\d {2}/, ''))
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
    { event: 'request.completed', reqId: '2', method: evil, path: evil, credential: evil, client: evil, status: 200, source: 'upstream', duration_ms: 1, bytes_in: 0, bytes_out: 0 },
    { event: 'upstream.failed', reqId: '3', method: 'GET', path: evil, code: 'upstream-tls', upstream: evil, reason: 'r', detail: evil, hint: evil },
    { event: 'proxy.started', url: 'http://localhost:1', version: '1', config: evil, routes: [{ prefix: '/', upstream: evil, credential: evil, secret_ref: evil, fingerprint: '00000000', workspace: false, via: evil }] }
  ]
  for (const event of events) for (const width of [undefined, 80]) {
    const text = shown(event, { width })
    // eslint-disable-next-line no-control-regex -- that there are none is the point
    t.notMatch(text.replaceAll('\n', ''), /[\x00-\x1f\x7f-\x9f\u202e]/, event.event)
    t.notMatch(text, /^\S*b/m, `${event.event}: no line begins with what the upstream wrote`)
    t.match(text, /\\u\{1b\}/, `${event.event}: one sees that there was something`)
  }
})

t.test('a refusal is a block: what LangSmith said, why that may be, what to do, with which key', async (t) => {
  t.same(linesOf(shown(REFUSAL)), [
    'GET      403           /api/v1/sessions                                              key-other-region',
    '          said     Forbidden',
    '          why      the key belongs to another region',
    '          do       set region: eu',
    '          why      Possibly the key was revoked.',
    '          do       make a new one',
    '          key      us [00000000] from env:KEY_US, route /',
    '', ''
  ])
  t.match(shown({ ...REFUSAL, excerpt: '', route: undefined, credential: undefined }), /said {5}\(nothing\)\n.*key {6}\? \[0{8}\] from env:KEY_US, route \?\n/s)
})

t.test('several causes name the key in full only once', async (t) => {
  const named = 'the key of credential "us" (env:KEY_US)'
  const cause = (summary: string): (typeof REFUSAL)['diagnosis']['causes'][number] => ({ code: 'c', confidence: 'possible', summary, fix: `look for ${named}` })
  const text = shown({ ...REFUSAL, diagnosis: { ...REFUSAL.diagnosis, summary: 'LangSmith refused it.', causes: [cause(`Possibly ${named} is old.`), cause(`T${named.slice(1)} is odd.`)] } })
  t.match(text, /why {6}LangSmith refused it\.\n +why {6}Possibly the key of credential "us" \(env:KEY_US\) is old\.\n +do {7}look for the key\n +why {6}possible: The key is odd\.\n +do {7}look for the key\n/)
})

t.test('what read-only calls found out is a block that says so; what LangSmith said is not told again', async (t) => {
  const { method, path, route, credential, fingerprint, secret_ref, status } = REFUSAL
  const cause = { code: 'key-revoked', confidence: 'certain' as const, summary: 'The key was revoked.', fix: 'make a new one' }
  t.match(linesOf(shown({
    event: 'refusal.explained', reqId: '1', method, path, route, region: 'eu', credential, fingerprint, secret_ref, status, client: 'ana',
    diagnosis: { probed: true, code: cause.code, summary: cause.summary, causes: [cause] }
  })), [
    /^GET {6}403 .* {2}by ana {2}key-revoked, after asking LangSmith$/,
    '          why      The key was revoked.',
    '          do       make a new one',
    '          key      us [00000000] from env:KEY_US, route / (eu)',
    '', ''
  ])
})

t.test('another answer whose cause is known is a block like a refusal', async (t) => {
  t.match(shown({ ...REFUSAL, event: 'answer.diagnosed', status: 429, excerpt: 'Too many requests' }), /GET {6}429 .*\n +said {5}Too many requests\n +why {6}the key belongs to another region\n/)
})

const ANSWERED: Extract<ProxyEvent, { event: 'request.completed' }> = { event: 'request.completed', reqId: '1', method: 'GET', path: '/runs', route: '/', credential: 'us', status: 200, source: 'upstream', duration_ms: 12.3, bytes_in: 0, bytes_out: 5 }
const DENIED: Extract<ProxyEvent, { event: 'request.denied' }> = { event: 'request.denied', reqId: '1', method: 'GET', path: '/runs', code: 'browser-request', status: 403, detail: 'it is a web page', hint: 'use curl' }
const FAILED: Extract<ProxyEvent, { event: 'upstream.failed' }> = { event: 'upstream.failed', reqId: '1', method: 'GET', path: '/runs', credential: 'us', code: 'upstream-timeout', upstream: 'eu.example', reason: 'r', detail: 'no answer', hint: 'try again' }

t.test('blocks are set apart by one blank line; a request that was told with its reason gets no second line', async (t) => {
  const done = (event: ProxyEvent): ProxyEvent => ({ ...ANSWERED, reqId: 'reqId' in event ? event.reqId ?? '' : '', status: 403 })
  const counted: ProxyEvent = { ...ANSWERED, reqId: '9', status: 403 } // its reason was told of another one
  const second = { ...REFUSAL, reqId: '2' }
  const text = allShown([ANSWERED, REFUSAL, done(REFUSAL), second, done(second), counted, { ...DENIED, reqId: '3' }, done({ ...DENIED, reqId: '3' }), { ...FAILED, reqId: '4' }, done({ ...FAILED, reqId: '4' }), ANSWERED])
  t.match(linesOf(text), [
    /^GET {6}200/, '',
    /^GET {6}403/, /said/, /why/, /do/, /why/, /do/, /key/, '',
    /^GET {6}403/, /said/, /why/, /do/, /why/, /do/, /key/, '',
    /^GET {6}403 .* us$/,
    /^GET {6}403 .* proxy: browser-request$/, '          why      it is a web page', '          do       use curl',
    /^GET {6}504 .* us {2}proxy: upstream-timeout$/, '          why      eu.example: no answer', '          do       try again',
    /^GET {6}200/, ''
  ])
})

t.test('requests that are told and never end are forgotten before memory grows', async (t) => {
  const many = Array.from({ length: 1100 }, (_, i): ProxyEvent => ({ ...DENIED, reqId: String(i) }))
  const text = allShown([...many, ...many.map((event): ProxyEvent => ({ ...ANSWERED, reqId: 'reqId' in event ? event.reqId ?? '' : '' }))])
  t.equal(text.match(/GET {6}200/g)?.length, 100)
})

t.test('the check of a key at the start is one line, with the fix where one cause stands out', async (t) => {
  const checked = { event: 'route.checked', route: '/eu', credential: 'eu', secret_ref: 'env:KEY_EU', fingerprint: '00000000' } as const
  const { diagnosis } = REFUSAL
  const cases: readonly (readonly [ProxyEvent, RegExp])[] = [
    [{ ...checked, result: 'accepted', status: 200 }, /^info {5}route \/eu: LangSmith accepts the key of credential "eu" \(env:KEY_EU\)$/],
    [{ ...checked, result: 'refused', status: 403, diagnosis }, /^warn {5}route \/eu: .* with 403: the key belongs to another region → set region: eu$/],
    [{ ...checked, result: 'refused', status: 403, diagnosis: { ...diagnosis, code: 'undetermined', summary: 'Nobody knows.' } }, /^warn {5}.* with 403: Nobody knows\. See \/-\/refusals$/],
    [{ ...checked, result: 'refused', status: 403 }, /^warn {5}.* with 403: $/],
    [{ ...checked, result: 'untold', reason: 'no answer within 2 seconds' }, /^warn {5}route \/eu: .* could not be tried: no answer within 2 seconds$/]
  ]
  for (const [event, line] of cases) t.match(linesOf(shown(event)), [line, ''])
})

t.test('a request is one line: status, how long, what, with which key, by whom, and what is unusual', async (t) => {
  const path = '/runs'.padEnd(60)
  const cases: readonly (readonly [Partial<typeof ANSWERED>, string])[] = [
    [{}, `GET      200    12 ms  ${path}  us`],
    [{ method: 'OPTIONS', status: 404, duration_ms: 0.44, client: 'ana' }, `OPTIONS  404   0.4 ms  ${path}  us  by ana`],
    [{ duration_ms: 12_345, bytes_out: 3 * 1024 ** 2, bytes_in: 5 * 1024 ** 2, waited_ms: 2100 }, `GET      200   12.3 s  ${path}  us  waited 2.1 s  sent 5.0 MiB  got 3.0 MiB`],
    [{ duration_ms: 999.7, source: 'proxy', code: 'no-route', status: 421, credential: undefined }, `GET      421    1.0 s  ${path}  proxy: no-route`],
    [{ duration_ms: 340_000, credential: undefined }, 'GET      200    340 s  /runs']
  ]
  for (const [fields, line] of cases) t.same(linesOf(shown({ ...ANSWERED, ...fields })), [line, ''])
  t.match(shown(ANSWERED), /^\d\d:\d\d:\d\d {2}GET/)
  const aborted: ProxyEvent = { event: 'request.aborted', reqId: '1', method: 'POST', path: '/runs', by: 'client', duration_ms: 5, bytes_in: 0, bytes_out: 0 }
  t.same(linesOf(shown(aborted)), [`POST     cut   5.0 ms  ${path}  by the client`, ''])
})

t.test('no line is longer than the terminal is wide: paths are cut in the middle, texts between words', async (t) => {
  const long = { ...ANSWERED, path: `/api/v1/sessions/${'1c9a6c1e-'.repeat(12)}/end-of-it`, client: 'ana' }
  const words = 'one two three four '.repeat(30).trim()
  const refused = { ...REFUSAL, path: long.path, excerpt: words, diagnosis: { ...REFUSAL.diagnosis, summary: words } }
  for (const width of [80, 100, 120]) {
    const text = allShown([ANSWERED, long, refused, { event: 'config.noticed', code: 'c', message: words, hint: words }], { width })
    t.equal(Math.max(...text.split('\n').map((line) => line.length)), width, String(width))
    t.match(text, /GET {6}200 .*\/api\/v1\/se.*….*\/end-of-it {2}us {2}by ana\n/)
    t.equal(text.replaceAll(/\s+/g, ' ').split(words).length, 5, 'nothing of a text is lost')
    for (const line of linesOf(text)) t.match(line, /^(?:GET|warn|$| {10}(?:said|why|do|key) | {19}\S)/)
  }
  t.match(linesOf(shown(long, { width: 20 })), [/^GET {6}200 {4}12 ms {2}\S{11}…\S{12} {2}us {2}by ana$/, ''], 'too narrow a window leaves something to read')
})

t.test('a sentence that ends with what to do has that on a line of its own', async (t) => {
  t.same(linesOf(shown({ event: 'config.noticed', code: 'c', message: 'this is so', hint: 'do that' })), ['warn     this is so', '          do       do that', ''])
  t.same(linesOf(shown({ event: 'proxy.draining', signal: 'SIGTERM', in_flight: 2 })), ['info     SIGTERM: finishing 2 requests', ''])
})

t.test('the start is a table of routes: where they lead, with which key, and the proxy in between', async (t) => {
  const route = { prefix: '/', upstream: 'https://api.smith.langchain.com', region: 'us', credential: 'us', secret_ref: 'env:KEY_US', fingerprint: '0a1b2c3d', workspace: false }
  const started: ProxyEvent = { event: 'proxy.started', url: 'http://localhost:5764', version: '1', config: 'environment', routes: [route, { ...route, prefix: '/self', region: undefined, fingerprint: undefined, via: 'egress:3128' }] }
  t.same(linesOf(shown(started)), [
    'info     listening on http://localhost:5764',
    '          config   environment  (version 1)',
    '          route    /      → api.smith.langchain.com (us)  us [0a1b2c3d]    env:KEY_US',
    '          route    /self  → api.smith.langchain.com       us [no key yet]  env:KEY_US  via egress:3128',
    '          page     http://localhost:5764/-/', ''
  ])
  t.notMatch(shown({ ...started, url: 'unix:/run/proxy.sock' }), /page/)
})

t.test('a line that is no JSON any more is shown as it is', async (t) => {
  t.equal(createTerminalFormat(false)('{"broken\x1b\n'), '{"broken\\u{1b}\n')
})

t.test('colours are there where the terminal shows them, and do not change the columns', async (t) => {
  const events: readonly ProxyEvent[] = [ANSWERED, { ...ANSWERED, status: 404 }, { ...ANSWERED, status: 502 }, REFUSAL, { event: 'signal.ignored', signal: 'SIGHUP' }]
  const colored = allShown(events, { color: true, width: 90 })
  for (const [code, text] of [[32, '200'], [33, '404'], [31, '502'], [90, 'us'], [36, 'info   ']] as const) t.match(colored, `\x1b[${code}m${text}\x1b[39m`)
  // eslint-disable-next-line no-control-regex -- colours
  t.equal(colored.replaceAll(/\x1b\[\d+m/g, ''), allShown(events, { width: 90 }))
})
