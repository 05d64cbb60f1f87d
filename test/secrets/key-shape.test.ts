import t from 'tap'
import type { KeyDefect, KeyKind } from '../../src/secrets/credential.ts'
import { unusableFix, whyUnusable } from '../../src/secrets/key-limits.ts'
import { inspectKey, tidy } from '../../src/secrets/key-shape.ts'
import { isPlaceholder } from '../../src/secrets/placeholder.ts'

const TAIL = `${'0123456789abcdef'.repeat(2)}_0123456789`
const PERSONAL = `lsv2_pt_${TAIL}`
const SERVICE = `lsv2_sk_${TAIL}`

t.test('a key is judged by its text', async (t) => {
  const cases: readonly [what: string, text: string, kind: KeyKind, defects: readonly KeyDefect[]][] = [
    ['double quotes around it (.env row 34)', `"${PERSONAL}"`, 'personal', ['quotes']],
    ['single quotes around it', `'${SERVICE}'`, 'service', ['quotes']],
    ['a quote at one end only', `${PERSONAL}"`, 'personal', ['quotes']],
    ['typographic quotes', `“${PERSONAL}”`, 'personal', ['quotes']],
    ['Bearer before it', `Bearer ${PERSONAL}`, 'personal', ['bearer-prefix']],
    ['bearer and quotes', `"bearer ${PERSONAL}"`, 'personal', ['quotes', 'bearer-prefix']],
    ['a line of a .env file', `LANGSMITH_API_KEY=${PERSONAL}`, 'personal', ['assignment']],
    ['a quoted line of a shell file', `export LANGSMITH_API_KEY="${PERSONAL}"`, 'personal', ['quotes', 'assignment']],
    ['a header line', `X-API-Key: ${SERVICE}`, 'service', ['assignment']],
    ['Bearer with a placeholder', 'Bearer <key>', 'other', ['bearer-prefix', 'placeholder']],
    ['a legacy key (row 4)', `ls__${'0123456789abcdef'.repeat(2)}`, 'legacy', ['legacy']],
    ['a blank inside', `lsv2_pt_0123 ${TAIL}`, 'personal', ['inner-blank']],
    ['a tab inside', `lsv2_pt_0123\t${TAIL}`, 'personal', ['inner-blank']],
    ['a line break inside (row 40)', `${PERSONAL}\n${PERSONAL}`, 'personal', ['control-character']],
    ['a NUL', `${PERSONAL}\u0000`, 'personal', ['control-character']],
    ['a zero-width space', `${PERSONAL.slice(0, 20)}\u200b${PERSONAL.slice(20)}`, 'personal', ['non-ascii']],
    ['its end lost (row 7)', PERSONAL.slice(0, 40), 'personal', ['wrong-length']],
    ['only the prefix', 'lsv2_sk_', 'service', ['wrong-length']],
    ['its first letter lost (row 7, sdk#721)', PERSONAL.slice(1), 'other', ['wrong-length']],
    ['pasted twice', PERSONAL + PERSONAL, 'personal', ['wrong-length']],
    ['quoted and cut', `"${PERSONAL.slice(0, 40)}"`, 'personal', ['quotes', 'wrong-length']],
    ['the right length, but no hex digits', `lsv2_pt_${'z'.repeat(32)}_0123456789`, 'personal', ['unknown-shape']],
    ['a key of somebody else', `sk-proj-${TAIL}`, 'other', ['unknown-shape']],
    ['a URL', 'https://smith.langchain.com/settings', 'other', ['unknown-shape']],
    ['an unresolved reference', 'file:/run/secrets/key', 'other', ['placeholder']],
    ['nothing', '', 'other', ['unknown-shape']],
    ['a personal key', PERSONAL, 'personal', []],
    ['a service key', SERVICE, 'service', []],
    ['upper-case hex digits', `lsv2_pt_${TAIL.toUpperCase()}`, 'personal', []],
    ['blanks, line ends and a byte order mark around it', `\ufeff  ${PERSONAL}\r\n`, 'personal', []]
  ]
  for (const [what, text, kind, defects] of cases) t.same(inspectKey(text), { kind, defects }, what)
})

t.test('stand-ins for a key are recognised, whatever the case', async (t) => {
  const placeholders = [
    'your_api_key_here', 'your-api-key', 'YOUR_LANGSMITH_API_KEY', '<key>', '<your key>', '[key]', '{{ key }}', '${LANGSMITH_API_KEY}', '$LANGSMITH_API_KEY',
    '%LANGSMITH_API_KEY%', '$(cat key)', 'xxx', 'XXXXXXXX', 'lsv2_pt_xxxxxxxx', 'lsv2_pt_...', 'lsv2_sk_…', 'lsv2_pt_********', '********', 'changeme',
    'change-me', 'replace_me', 'undefined', 'NULL', 'None', 'example', 'example-key', 'test', 'Test_Key', 'test-123', 'dummy', 'local-proxy', 'placeholder',
    'insert-key-here', 'paste key here', 'key-goes-here', 'LANGSMITH_API_KEY', 'langsmith-api-key', 'todo', 'userdata.get("KEY")', 'process.env.KEY',
    'os.environ["KEY"]', 'op://vault/item/field', 'env:LANGSMITH_API_KEY', '123456'
  ]
  for (const text of placeholders) t.ok(isPlaceholder(text), text)
  for (const text of [PERSONAL, SERVICE, `ls__${TAIL}`, PERSONAL.slice(1), 'b2f1c8d0e9a7465f']) t.notOk(isPlaceholder(text), text)
})

t.test('a key that cannot be sent or masked is unusable, and the reason says why', async (t) => {
  const why = (text: string, loopbackOnly = false, langsmith = false): string | undefined => whyUnusable(tidy(text), inspectKey(text), { loopbackOnly, langsmith })
  t.match(why(`${PERSONAL}\r\nX-Evil: 1`), /line break or another control character/)
  t.match(why(`${PERSONAL}\u0007.`, true), /control character/, 'on loopback too')
  t.match(why(`${PERSONAL}\u200b`), /invisible/)
  t.match(why(`“${PERSONAL}”`), /no header can carry/)
  t.match(why('a'.repeat(4097)), /far too long/)
  t.match(why('b2f1c8d0e9a7465f012'), /looks cut off: it is shorter than 20 characters/)
  t.match(why('changeme'), /is a placeholder: it is shorter than 20/)
  for (const text of ['changeme', 'your-langsmith-api-key', 'LANGSMITH_API_KEY=your-langsmith-api-key', `<${PERSONAL}>`]) {
    t.equal(why(text, false, true), 'is a placeholder, not a key', text)
  }
  t.match(why(`lsp_ana_${'0'.repeat(49)}`, false, true), /client key of a langsmith-proxy/)
  const fix = (text: string, langsmith: boolean): string | undefined => unusableFix(tidy(text), inspectKey(text), { langsmith })
  t.match(fix(`lsp_ana_${'0'.repeat(49)}`, true), /put a key of LangSmith there.*the program that calls the proxy/)
  t.equal(fix(`lsp_ana_${'0'.repeat(49)}`, false), undefined)
  t.equal(why(`lsp_ana_${'0'.repeat(49)}`), undefined, 'another proxy of this kind may be the upstream')
  t.equal(why('my-own-gateway-key-0123'), undefined, 'elsewhere than at LangSmith a key may look like that')
  t.equal(why('your-langsmith-api-key', true), undefined)
  t.equal(why(`"${PERSONAL}"`, false, true), undefined)
  t.equal(why('b2f1c8d0e9a7465f0123'), undefined, '20 characters are enough')
  t.equal(why('changeme', true), undefined, 'a short key may go to this machine')
  t.equal(why(`"${PERSONAL}"`), undefined, 'an odd key is sent as it is')
  t.equal(why(`\u00e9${PERSONAL}`), undefined, 'latin1 can be sent')
})
