import fc from 'fast-check'
import t from 'tap'
import { Secret } from '../../src/secrets/secret.ts'
import { hiddenPart } from '../../src/swap/hidden-part.ts'
import { keyMaskOf } from '../../src/swap/key-mask.ts'
import { createBodyMask } from '../../src/swap/mask-body.ts'
import { createHeaderMask } from '../../src/swap/mask-header.ts'
import { createTextMask, maskValues } from '../../src/swap/mask-text.ts'
import { MASKABLE_LENGTH, patternsOf } from '../../src/swap/patterns.ts'
import { holds } from '../support/property.ts'
import { slotOf, startProxy, TEST_KEY } from '../support/proxy.ts'
import { rawRequest, sendRaw } from '../support/raw.ts'
import { startUpstream } from '../support/upstream.ts'

const KEY = 'lsv2_pt_0123456789abcdef0123456789abcdef_fedcba9876'
/** Some keys of self-hosted servers have no certain shape: these repeat themselves, or end as they begin. */
const ODD_KEYS = ['secretsecretsecretsecret', 'x'.repeat(20), 'ab'.repeat(30), `${'a1'.repeat(14)}b${'a1'.repeat(14)}`, 'token~with?base64>chars~~~???>>>~~~???>>>', `l${'0'.repeat(28)}l${'1'.repeat(21)}`]
/** From this length on a run of what is secret is masked. */
const TELLING = 16
const PREFIX = 'lsv2_pt_'
const HIDDEN = KEY.slice(PREFIX.length)
const STARS = PREFIX + '*'.repeat(HIDDEN.length)

function base64Of (text: string): readonly string[] {
  return [Buffer.from(text).toString('base64'), Buffer.from(text).toString('base64url')]
}

/** What the client gets of a body that comes in these pieces. */
function masked (key: string, pieces: readonly string[]): string {
  const mask = createBodyMask({ patterns: patternsOf(new Secret(key)) })
  return Buffer.concat([...pieces.map((piece) => mask.push(Buffer.from(piece, 'latin1'))), mask.end()]).toString('latin1')
}

/** Whether a run of `length` characters of the secret is left. */
function hasRunOf (text: string, secret: string, length: number): boolean {
  for (let at = 0; at + length <= secret.length; at++) if (text.includes(secret.slice(at, at + length))) return true
  return false
}

const texts = fc.string({ unit: fc.constantFrom('l', 's', 'v', '2', '_', 'p', 't', 'a', '0', '1', '"', '\n', '\xe9'), maxLength: 60 })
const keys = fc.oneof(
  fc.stringMatching(/^lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}$/),
  fc.constantFrom(...ODD_KEYS),
  fc.string({ unit: fc.constantFrom('a', 'b'), minLength: MASKABLE_LENGTH, maxLength: 60 })
)

/** A body with the key in it, whole or cut after its telling part, and the lengths of the pieces it comes in. */
const bodies = keys.chain((key) => fc.record({
  key: fc.constant(key),
  parts: fc.array(fc.oneof(texts, fc.constant(key), fc.integer({ min: Math.min(TELLING, key.length), max: key.length }).map((length) => key.slice(0, length)), fc.nat({ max: key.length }).map((length) => key.slice(0, length) + key)), { maxLength: 6 }),
  lengths: fc.array(fc.integer({ min: 1, max: 70 }), { maxLength: 12 })
}))

function piecesOf (text: string, lengths: readonly number[]): readonly string[] {
  const pieces: string[] = []
  let at = 0
  for (const length of lengths) {
    pieces.push(text.slice(at, at + length))
    at += length
  }
  return [...pieces, text.slice(at)]
}

t.test('a body keeps its length and loses the key, however it is cut into pieces', async (t) => {
  await holds(t, fc.property(bodies, ({ key, parts, lengths }) => {
    const body = parts.join('')
    const shown = masked(key, piecesOf(body, lengths))
    return shown.length === body.length && !hasRunOf(shown, hiddenPart(key), Math.min(TELLING, hiddenPart(key).length))
  }), { numRuns: 3000 })
})

t.test('only the key is masked: every other byte of a body stays', async (t) => {
  await holds(t, fc.property(fc.array(fc.uint8Array({ maxLength: 80 }), { maxLength: 8 }), (chunks) => {
    const mask = createBodyMask({ patterns: patternsOf(new Secret(KEY)) })
    const shown = Buffer.concat([...chunks.map((chunk) => mask.push(Buffer.from(chunk))), mask.end()])
    return shown.equals(Buffer.concat(chunks))
  }))
  await holds(t, fc.property(texts, texts, fc.array(fc.integer({ min: 1, max: 70 })), (before, after, lengths) =>
    masked(KEY, piecesOf(`${before}|${KEY}|${after}`, lengths)) === `${before}|${STARS}|${after}`))
})

t.test('the key in a body is found across every boundary, plain and in every form of base64', async (t) => {
  for (const key of [TEST_KEY, ...ODD_KEYS]) {
    for (const text of [key, ...base64Of(key), ...base64Of(`u:${key}`), ...base64Of(`ab${key}c`), ...base64Of(`x${key}`)]) {
      const body = `{"detail":"${text}"}`
      const whole = masked(key, [body])
      const cuts = body.split('').map((_, at) => masked(key, [body.slice(0, at), body.slice(at)]))
      t.strictSame(new Set(cuts), new Set([whole]), `${text} in two pieces`)
      t.equal(masked(key, body.split('')), whole, 'byte by byte')
      t.notOk(hasRunOf(whole, text.slice(4, -4), TELLING), `${text} is gone`)
    }
  }
})

t.test('an echo that was cut short is masked as far as it goes, from 16 secret characters on, with its prefix or without', async (t) => {
  for (let length = TELLING; length <= HIDDEN.length; length++) {
    t.equal(masked(KEY, [`<${PREFIX}${HIDDEN.slice(0, length)}>`]), `<${PREFIX}${'*'.repeat(length)}>`)
    t.equal(masked(KEY, [`<${HIDDEN.slice(0, length)}>`]), `<${'*'.repeat(length)}>`)
  }
  t.equal(masked(KEY, [HIDDEN.slice(0, TELLING - 1)]), HIDDEN.slice(0, TELLING - 1), 'less tells nothing')
  t.equal(masked(KEY, [`${HIDDEN.slice(0, 40)}!${HIDDEN.slice(41)}`]), `${'*'.repeat(40)}!${HIDDEN.slice(41)}`)
})

t.test('nothing is held back that is not the beginning of the key', async (t) => {
  const mask = createBodyMask({ patterns: patternsOf(new Secret(KEY)) })
  for (const event of ['data: {"x":1}\n\n', 'data: lsv2_pt_\n\n', ': ping\n\n', `data: ${KEY}\n\n`]) {
    t.equal(mask.push(Buffer.from(event)).length, event.length, `${JSON.stringify(event)} passes at once`)
  }
  t.equal(mask.push(Buffer.from('see lsv2_pt_012')).toString(), 'see lsv2_pt_', 'a beginning waits')
  t.equal(mask.push(Buffer.from('?')).toString(), '012?', 'until it is none')
  t.equal(mask.push(Buffer.from('0')).length, 0)
  t.equal(mask.end().toString(), '0', 'or the body ends')
  t.equal(mask.end().length, 0)
})

t.test('a chunk is never changed in place, nor copied without need', async (t) => {
  const mask = createBodyMask({ patterns: patternsOf(new Secret(KEY)) })
  const [guilty, innocent] = [Buffer.from(`<${KEY}>`), Buffer.from('nothing here')]
  mask.push(guilty)
  t.equal(guilty.toString(), `<${KEY}>`, 'it belongs to the connection it came from')
  t.equal(mask.push(innocent).buffer, innocent.buffer)
})

t.test('a key too short to be told from innocent text is not masked', async (t) => {
  t.strictSame(patternsOf(new Secret('x'.repeat(MASKABLE_LENGTH - 1))), [])
  t.equal(masked('short', ['a short body']), 'a short body')
  t.equal(createHeaderMask([])('short'), 'short')
})

t.test('a header value keeps its length and loses the key', async (t) => {
  await holds(t, fc.property(bodies, ({ key, parts }) => {
    const value = parts.join('')
    const shown = createHeaderMask(patternsOf(new Secret(key)))(value)
    return shown.length === value.length && !hasRunOf(shown, hiddenPart(key), Math.min(TELLING, hiddenPart(key).length))
  }), { numRuns: 2000 })
  for (const key of [KEY, ...ODD_KEYS]) {
    const mask = createHeaderMask(patternsOf(new Secret(key)))
    for (const text of [...base64Of(key), ...base64Of(`u:${key}`), ...base64Of(`ab${key}`)]) t.notOk(hasRunOf(mask(`x=${text}; y`), text.slice(4, -4), Math.min(TELLING, text.length - 8)), text)
  }
  const mask = createHeaderMask(patternsOf(new Secret(KEY)))
  t.equal(mask(`a=${KEY}; b=${KEY.slice(0, 35)}; c`), `a=${STARS}; b=${PREFIX}${'*'.repeat(27)}; c`)
  t.equal(mask('nothing'), 'nothing')
})

t.test('no eight characters of a secret get into a log text', async (t) => {
  await holds(t, fc.property(bodies, ({ key, parts }) => {
    const hidden = key.replace(/^lsv2_(?:pt|sk)_/, '')
    const text = [...parts, key.slice(3, 20), key.slice(-9), hidden.slice(0, 8)].join('|')
    const shown = createTextMask([new Secret(key)])(text)
    return shown.length === text.length && !hasRunOf(shown, hidden, 8)
  }), { numRuns: 1000 })
  const mask = createTextMask([new Secret('ZYXWVUTSRQPONMLKJIHG')])
  await holds(t, fc.property(texts.filter((text) => !/ls__|lsp_|lsv2_/.test(text)), (text) => mask(text) === text))
})

t.test('what is around a key is no secret, and what only looks so is', async (t) => {
  for (const around of ['LANGSMITH_API_KEY=', 'export LANGSMITH_API_KEY="', 'KEY_2 = ', 'LANGSMITH_API_KEY: ', 'x-api-key:', 'Authorization: Bearer ', '\'', 'bearer ']) {
    t.equal(hiddenPart(around + KEY), HIDDEN, around)
    t.equal(createTextMask([new Secret(around + KEY)])(`${around}${KEY} or ${HIDDEN}`), `${around}${STARS} or ${'*'.repeat(HIDDEN.length)}`)
    t.equal(masked(around + KEY, [`<${KEY}>`]), `<${STARS}>`, 'also in a body, alone')
  }
  for (const key of [
    'ABCD_EFGHIJKLMNOPQRSTUVW==', 'ABCD_EFGHIJKLMNOPQRSTUV=abc', 'ABCD_EFGH:ijklmnopqrstuvwxyz', 'ABCDEFGH=ijklmnopqrstuvwxyz', 'Abcd_efgh=ijklmnopqrstuvwxyz', 'user:abcdefghijklmnopqrst', 'x-token: abcdefghijklmno'
  ]) t.equal(hiddenPart(key), key, key)
})

t.test('keys of others are masked by their shape, and their public prefix stays', async (t) => {
  const mask = createTextMask([])
  t.equal(mask('/x/lsv2_pt_abcdef/y'), '/x/lsv2_pt_******/y')
  t.equal(mask('lsv2_sk_ab-c_d, ls__012'), 'lsv2_sk_******, ls__***')
  t.equal(mask('lsp_anna-b_0123'), 'lsp_anna-b_****')
  t.equal(mask('lsv2_pt_ and ls_x, also'), 'lsv2_pt_ and ls_x, also')
  t.equal(mask('nothing'), 'nothing')
})

t.test('values that a client sent are masked where the upstream quotes them', async (t) => {
  t.equal(maskValues('bad token abcdefgh12345', ['Bearer abcdefgh12345']), 'bad token *************')
  t.equal(maskValues('part bcdefgh12 of it', ['Bearer abcdefgh12345']), 'part ********* of it')
  t.equal(maskValues('user abcd is unknown', ['abcd']), 'user **** is unknown')
  t.equal(maskValues('id 12 is unknown', ['12', '']), 'id 12 is unknown', 'short values would mask innocent text')
  t.equal(maskValues('got xxabcdyyzz here', ['abcd', 'xxabcdyyzz']), 'got ********** here', 'one value inside another')
  t.equal(maskValues('text', []), 'text')
})

t.test('a value is masked in the same way in a short and in a long text', async (t) => {
  const around = fc.constantFrom('', 'no ', 'token ')
  await holds(t, fc.property(fc.array(fc.oneof(keys, texts), { maxLength: 3 }), around, texts, around, (values, before, text, after) => {
    const quoted = [before, ...values.map((value) => value.slice(2, 20)), text, after].join(' ').slice(0, 100)
    return maskValues(quoted, values) === maskValues(`${quoted}${'-'.repeat(100)}`, values).slice(0, quoted.length)
  }))
})

t.test('an upstream that echoes the key gives nothing away', async (t) => {
  const upstream = await startUpstream(t, {
    answer (request, response) {
      const key = String(request.headers['x-api-key'])
      response.writeHead(200, `Hello ${key}`, ['x-echo', key, 'set-cookie', `k=${key}`, 'x-basic', Buffer.from(`u:${key}`).toString('base64'), key, 'as name', 'location', `/x?${key}`, ...(request.url === '/odd' ? ['content-encoding', ''] : [])])
      response.write(`{"echo":"${key.slice(0, 20)}`)
      setTimeout(() => { response.end(`${key.slice(20)}","cut":"${key.slice(0, 35)}"}`) }, 20)
    }
  })
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }] })
  for (const target of ['/runs', '/odd']) {
    const { text, status } = await sendRaw(proxy.port, rawRequest('GET', target, ['Connection: close']))
    t.equal(status, 200)
    t.match(text, `{"echo":"`)
    t.match(text, '*'.repeat(TEST_KEY.length))
    for (const form of [TEST_KEY, ...base64Of(TEST_KEY), Buffer.from(`u:${TEST_KEY}`).toString('base64').slice(4, -4)]) t.notOk(hasRunOf(text, form, 20), `${target}: ${form.slice(0, 8)}…`)
  }
})

// Attack: none; a key that was cut off right behind its prefix. An empty run is in every text, and the search for it had no end.
t.test('a key with next to nothing behind its public prefix hides nothing else', async (t) => {
  for (const key of ['lsp_some-long-name-here_', 'lsp_some-long-name-here_e']) {
    t.equal(createHeaderMask(patternsOf(new Secret(key)))('every header'), 'every header')
    t.equal(masked(key, ['every ', 'body']), 'every body')
  }
})

t.test('a key with special characters is found as JSON and URLs write it', async (t) => {
  const key = 'token"with\\quotes/and?signs&more of it'
  const mask = createHeaderMask(patternsOf(new Secret(key)))
  for (const written of [key, JSON.stringify(key), encodeURIComponent(key)]) t.match(mask(written), /^"?\*+"?$/, written)
})

t.test('the mask of a credential knows its last versions, in answers under way too', async (t) => {
  const keys = ['a', 'b', 'c', 'd', 'e'].map((letter) => `key-${letter}-${letter.repeat(20)}`)
  const slot = slotOf('us')
  const mask = keyMaskOf(slot, new Secret(keys[0] ?? ''))
  const body = createBodyMask(mask)
  const shown = (text: string): string => Buffer.concat([body.push(Buffer.from(text)), body.end()]).toString()
  t.equal(shown(keys.slice(0, 2).join()), `${'*'.repeat(26)},${keys[1] ?? ''}`)
  for (const key of keys.slice(1, 4)) keyMaskOf(slot, new Secret(key))
  keyMaskOf(slot, new Secret(keys[0] ?? ''))
  t.match(shown(keys.slice(0, 4).join()), /^[*,]+$/)
  keyMaskOf(slot, new Secret(keys[4] ?? ''))
  t.equal(shown(keys.join()).replaceAll(/\*+/g, '*'), `*,${keys[1] ?? ''},*,*,*`, 'of more than four, the one that was sent longest ago is forgotten')
  t.equal(mask.maskHeader(keys[4] ?? ''), '*'.repeat(26))
  t.equal(keyMaskOf(slotOf('other'), new Secret(keys[0] ?? '')).maskHeader(keys[4] ?? ''), keys[4], 'another credential has its own')
})
