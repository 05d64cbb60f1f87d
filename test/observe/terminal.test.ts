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
  diagnosis: {
    code: 'key-other-region', summary: 'the key belongs to another region',
    causes: [
      { code: 'key-other-region', confidence: 'likely', summary: 'the key belongs to another region', fix: 'set region: eu' },
      { code: 'key-revoked', confidence: 'possible', summary: 'the key was revoked', fix: 'make a new one' }
    ]
  }
}

// What an upstream writes reaches the developer's terminal. Escape sequences in it could rewrite lines that
// are there already, set the window's title, or on some terminals type commands (8-bit forms included).
t.test('no control character of a path, an excerpt or a host reaches the terminal', async (t) => {
  const evil = 'a\x1b]0;title\x07\x1b[2J\x9b31m\r\n\x08b\u202ec'
  const events: readonly ProxyEvent[] = [
    { ...REFUSAL, excerpt: evil, path: evil },
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
    '  GET /api/v1/sessions  route /  credential us  (env:KEY_US)',
    '  LangSmith said: Forbidden',
    '  likely: the key belongs to another region',
    '    → set region: eu',
    '  the key was revoked',
    '    → make a new one'
  ])
  t.match(shown({ ...REFUSAL, excerpt: '', route: undefined, credential: undefined }), /LangSmith said: \(nothing\)/)
})

t.test('a request is one line', async (t) => {
  const text = shown({ event: 'request.completed', reqId: '1', method: 'GET', path: '/runs', route: '/', status: 200, source: 'upstream', duration_ms: 12.3, bytes_in: 0, bytes_out: 5 })
  t.match(text, /^\[\d\d:\d\d:\d\d\] INFO: GET \/runs → 200 in 12\.3 ms\n$/)
})

t.test('the start names every route, where its key is kept, and the proxy in between', async (t) => {
  const route = { prefix: '/', upstream: 'https://api.smith.langchain.com', region: 'us', credential: 'us', secret_ref: 'env:KEY_US', fingerprint: '0a1b2c3d', workspace: false }
  const text = shown({ event: 'proxy.started', url: 'http://localhost:5764', version: '1', config: 'environment', routes: [route, { ...route, prefix: '/self', region: undefined, via: 'egress:3128' }] })
  t.match(text, /listening on http:\/\/localhost:5764\n {2}\/ → https:\/\/api\.smith\.langchain\.com \(us\) {2}credential us \[0a1b2c3d\] from env:KEY_US\n {2}\/self → https:\/\/api\.smith\.langchain\.com {2}credential us \[0a1b2c3d\] from env:KEY_US {2}via egress:3128\n$/)
})

t.test('colours are there where the terminal shows them', async (t) => {
  const event: ProxyEvent = { event: 'signal.ignored', signal: 'SIGHUP' }
  t.match(shown(event, true), '\x1b[')
  t.notMatch(shown(event, false), '\x1b[')
})
