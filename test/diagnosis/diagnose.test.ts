import t from 'tap'
import { diagnose } from '../../src/diagnosis/diagnose.ts'
import type { Cause, Rule, Suspicion } from '../../src/diagnosis/diagnosis.ts'
import { CERTAIN, LIKELY, POSSIBLE } from '../../src/diagnosis/weights.ts'
import { evidenceOf, WORKSPACE, type Refusal } from './support.ts'

interface Case extends Refusal {
  /** Where the answer was recorded, or why it is expected. */
  readonly what: string
  readonly code: string
  /** The causes in order, `code` or `code confidence`. */
  readonly causes: readonly string[]
}

const INVALID_TOKEN = '{"detail":"Invalid token"}'
const FORBIDDEN_GO = '{"error":"Forbidden"}\n'
const FORBIDDEN_PYTHON = '{"detail":"Forbidden"}'
const NOT_CONFIRMED = ['organization-rules possible', 'ip-allowlist possible']
const GENERAL = ['key-other-region possible', 'key-revoked possible', 'permission-missing possible', ...NOT_CONFIRMED]
const GOOGLE_PAGE = '<!doctype html><meta charset="utf-8"><meta name=viewport content="width=device-width, initial-scale=1"><title>403</title>403 Forbidden'

// B1 to B12 are answers of LangSmith as people recorded them: langsmith-sdk issues 666, 721, 1201, 2112, 2492 and others,
// named in src/diagnosis/statement.ts.
const RECORDED: readonly Case[] = [
  { what: 'B1', status: 401, body: INVALID_TOKEN, code: 'key-not-seen', causes: ['key-not-seen likely', 'key-revoked possible'] },
  { what: 'B2', status: 401, body: '{"error":"Unauthorized"}\n', code: 'key-not-seen', causes: ['key-not-seen likely', 'key-revoked possible'] },
  { what: 'B3', status: 401, body: '{"detail":"Invalid auth"}', code: 'key-not-seen', causes: ['key-not-seen likely', 'key-revoked possible'] },
  { what: 'B4', status: 401, body: '{"detail":"Using legacy API key. Please generate a new API key."}', kind: 'legacy', defects: ['legacy'], code: 'key-legacy', causes: ['key-legacy certain'] },
  { what: 'B5', status: 401, body: '{"detail":"UUID header value was not a valid UUID"}', workspaceId: '1', code: 'workspace-not-uuid', causes: ['workspace-not-uuid certain'] },
  { what: 'B6', body: FORBIDDEN_GO, path: '/runs/batch', method: 'POST', code: 'key-or-workspace-refused', causes: GENERAL },
  { what: 'B7', body: FORBIDDEN_PYTHON, code: 'key-or-workspace-refused', causes: GENERAL },
  { what: 'B8', body: '{"error":"org_scoped_key_requires_workspace","message":"This API key is org-scoped and requires workspace specification. Please provide \'workspaceId\' parameter, or set LANGSMITH_WORKSPACE_ID environment variable. You may also want to upgrade your LangSmith SDK to use org-scoped keys."}', kind: 'service', code: 'workspace-required', causes: ['workspace-required certain'] },
  { what: 'B9', body: '{"detail":"This API key is org-scoped and requires workspace specification. Please provide \'X-Tenant-ID\' header."}', kind: 'service', code: 'workspace-required', causes: ['workspace-required certain'] },
  { what: 'B10', body: '{"error":"Forbidden - no plan found"}', code: 'no-plan', causes: ['no-plan certain'] },
  { what: 'B11', body: '{"detail":"Missing authentication headers"}', selfHosted: true, code: 'deployment-auth', causes: ['deployment-auth likely'] },
  { what: 'B12', body: GOOGLE_PAGE, type: 'text/html; charset=UTF-8', path: '/runs/batch', method: 'POST', code: 'intermediary', causes: ['intermediary certain'] },
  { what: 'B13 under 403', body: '{"detail":"Monthly unique traces usage limit exceeded"}', code: 'usage-limit', causes: ['usage-limit certain'] },
  { what: 'B14 under 403', body: '{"error":"Too many requests: tenant exceeded usage limits: Monthly unique traces usage limit exceeded"}', code: 'usage-limit', causes: ['usage-limit certain'] }
]

const DERIVED: readonly Case[] = [
  { what: 'B1, key with quotes', status: 401, body: INVALID_TOKEN, defects: ['quotes'], code: 'key-malformed', causes: ['key-malformed likely', 'key-not-seen likely', 'key-revoked possible'] },
  { what: 'B1, placeholder', status: 401, body: INVALID_TOKEN, kind: 'other', defects: ['placeholder'], code: 'key-malformed', causes: ['key-malformed certain', 'key-not-seen likely'] },
  { what: 'B1, legacy key', status: 401, body: INVALID_TOKEN, kind: 'legacy', defects: ['legacy'], code: 'key-legacy', causes: ['key-legacy likely', 'key-not-seen likely', 'key-revoked possible'] },
  { what: 'B1, workspace ID with quotes', status: 401, body: INVALID_TOKEN, workspaceId: `"${WORKSPACE}"`, code: 'workspace-not-uuid', causes: ['workspace-not-uuid likely', 'key-not-seen likely', 'key-revoked possible'] },
  { what: 'B1 on a page for logged-in people', status: 401, body: INVALID_TOKEN, path: '/api/v1/me/preferences', code: 'endpoint-needs-login', causes: ['endpoint-needs-login likely', 'key-not-seen likely', 'key-revoked possible'] },
  { what: 'B5, but our workspace ID is fine', status: 401, body: '{"detail":"UUID header value was not a valid UUID"}', workspaceId: WORKSPACE, code: 'workspace-not-uuid', causes: ['workspace-not-uuid likely'] },
  { what: 'B6, cut key', body: FORBIDDEN_GO, defects: ['wrong-length'], code: 'key-malformed', causes: ['key-malformed likely', ...GENERAL] },
  { what: 'B6, two defects: the surer leads', body: FORBIDDEN_GO, kind: 'other', defects: ['quotes', 'placeholder'], code: 'key-malformed', causes: ['key-malformed certain'] },
  { what: 'B6, a key of unknown shape proves nothing', body: FORBIDDEN_GO, kind: 'other', defects: ['unknown-shape'], code: 'key-or-workspace-refused', causes: ['key-malformed possible', 'key-other-region possible', 'key-revoked possible', 'permission-missing possible', 'ip-allowlist possible'] },
  { what: 'B7, service key without workspace', body: FORBIDDEN_PYTHON, kind: 'service', code: 'key-or-workspace-refused', causes: ['key-other-region possible', 'key-revoked possible', 'permission-missing possible', 'workspace-required possible', 'ip-allowlist possible'] },
  { what: 'a call to sandboxes, which give no reason for that (langsmith-sdk PR 3412)', body: FORBIDDEN_PYTHON, kind: 'service', path: '/v2/sandboxes/boxes', code: 'key-or-workspace-refused', causes: ['workspace-required possible', 'key-other-region possible', 'key-revoked possible', 'permission-missing possible', 'ip-allowlist possible'] },
  { what: 'B7, with a workspace', body: FORBIDDEN_PYTHON, kind: 'service', workspaceId: WORKSPACE, code: 'key-or-workspace-refused', causes: ['key-other-region possible', 'workspace-mismatch possible', 'key-revoked possible', 'permission-missing possible', 'ip-allowlist possible'] },
  { what: 'B7, workspace ID is a name', body: FORBIDDEN_PYTHON, workspaceId: 'Workspace 1', code: 'key-or-workspace-refused', causes: ['workspace-not-uuid possible', 'key-other-region possible', 'key-revoked possible', 'workspace-mismatch possible', 'permission-missing possible', ...NOT_CONFIRMED] },
  { what: 'B8, though a workspace is set', body: '{"error":"org_scoped_key_requires_workspace"}', kind: 'service', workspaceId: WORKSPACE, code: 'workspace-required', causes: ['workspace-required likely'] },
  { what: 'the check of a deployment (langgraph-studio issue 174)', body: FORBIDDEN_PYTHON, path: '/auth', code: 'key-or-workspace-refused', causes: ['deployment-access possible', ...GENERAL] },
  { what: 'problem details of the v2 API', body: '{"type":"about:blank","title":"Forbidden","status":403}', type: 'application/problem+json', code: 'key-or-workspace-refused', causes: GENERAL },
  { what: 'the nested form of the sandboxes', body: '{"detail":{"error":"Forbidden","message":"no","error_id":"1"}}', code: 'key-or-workspace-refused', causes: GENERAL },
  { what: 'words that are not in the table', body: '{"detail":"Something new"}', code: 'key-or-workspace-refused', causes: GENERAL },
  { what: 'words that are not in the table, as 401', status: 401, body: '{"detail":"Something new"}', code: 'key-or-workspace-refused', causes: ['key-revoked possible'] },
  { what: 'words that went on where the body was cut', body: '{"error":"Forbidden', code: 'key-or-workspace-refused', causes: GENERAL },
  { what: 'HEAD has no body', method: 'HEAD', body: '', code: 'key-or-workspace-refused', causes: GENERAL },
  { what: 'HEAD has no body, as 401', method: 'HEAD', status: 401, body: '', code: 'key-not-seen', causes: ['key-not-seen likely', 'key-revoked possible'] },
  { what: 'HEAD of a page', method: 'HEAD', body: '', type: 'text/html', code: 'undetermined', causes: ['intermediary possible'] },
  { what: 'an empty answer', body: '', type: undefined, code: 'undetermined', causes: ['intermediary possible'] },
  { what: 'plain text', status: 401, body: 'missing X-API-Key\n', type: 'text/plain', code: 'intermediary', causes: ['intermediary certain'] },
  { what: 'JSON of somebody else', body: '{"message":"Forbidden"}', code: 'intermediary', causes: ['intermediary likely'] },
  { what: 'a page is not made LangSmith\'s by its type', body: GOOGLE_PAGE, type: 'application/json', code: 'intermediary', causes: ['intermediary certain'] },
  { what: 'a broken key does not explain a page', body: GOOGLE_PAGE, type: 'text/html', defects: ['quotes'], code: 'intermediary', causes: ['intermediary certain'] }
]

t.test('each recorded answer, and each way it can differ, gets its causes in order', async (t) => {
  for (const { what, code, causes, ...given } of [...RECORDED, ...DERIVED]) {
    const diagnosis = diagnose(evidenceOf(given))
    t.equal(diagnosis.code, code, `${what}: code`)
    t.same(diagnosis.causes.map((cause) => `${cause.code} ${cause.confidence}`), causes, `${what}: causes`)
  }
})

t.test('every sentence tells a newcomer what and where, and every fix what to do', async (t) => {
  for (const { what, ...given } of [...RECORDED, ...DERIVED]) {
    const { code, summary, causes } = diagnose(evidenceOf(given))
    t.match(code, /^[a-z]+(-[a-z]+)*$/, `${what}: ${code}`)
    for (const text of [summary, ...causes.map((cause) => cause.summary)]) t.match(text, /^[A-Z][^\n]{20,260}\.$/, `${what}: ${text}`)
    for (const { confidence, summary, fix } of causes) {
      t.match(fix, /^[a-z][^\n]{20,320}[^.]$/, `${what}: ${fix}`)
      if (confidence === 'possible') t.match(summary, /[Pp]ossibly|is not a UUID|does not look like/, `${what}: a guess is called one`)
      t.notMatch(summary + fix, new RegExp(`canary|${WORKSPACE}|Workspace 1|undefined`), `${what}: no value`)
    }
  }
})

t.test('the bare Forbidden names the key, its place, the route and the permission', async (t) => {
  const { causes, summary } = diagnose(evidenceOf({ body: FORBIDDEN_GO, method: 'POST', path: '/runs/multipart', workspaceId: WORKSPACE }))
  const cause = (code: string): Cause | undefined => causes.find((each) => each.code === code)
  t.match(summary, /route \/eu/)
  t.match(cause('key-other-region')?.summary, /the key of credential "team" \(env:TEAM_KEY\) belongs to another region; route \/eu goes to eu/)
  t.match(cause('key-other-region')?.fix, /region of route \/eu in place of an upstream \(without a config file: LANGSMITH_REGION, and unset LANGSMITH_ENDPOINT\) to that one: us, apac, aws$/)
  t.match(cause('key-revoked')?.summary, /left the organization/)
  t.match(cause('workspace-mismatch')?.fix, /workspaceId of credential "team" \(without a config file: LANGSMITH_WORKSPACE_ID\)/)
  t.match(cause('permission-missing')?.summary, /may not write here: it needs runs:create/)
  const read = diagnose(evidenceOf({ body: FORBIDDEN_PYTHON, path: '/api/v1/charts', kind: 'service' }))
  const permission = read.causes.find(({ code }) => code === 'permission-missing')
  t.match(permission?.summary, /may not read this\.$/, 'no permission is invented')
  t.notMatch(permission?.fix, /try a read/, 'this was one')
  t.notMatch(JSON.stringify(read.causes), /left the organization|personal/, 'service keys have no owner')
})

t.test('a self-hosted LangSmith has no regions', async (t) => {
  const [first] = diagnose(evidenceOf({ body: FORBIDDEN_PYTHON, selfHosted: true })).causes
  t.match(first, { code: 'key-other-region', summary: /made on another LangSmith than langsmith\.internal\.example\.com/, fix: /upstream of route \/eu/ })
  const lost = diagnose(evidenceOf({ status: 401, body: INVALID_TOKEN, selfHosted: true }))
  t.match(lost.causes[0]?.fix, /langsmith\.internal\.example\.com is the LangSmith API/)
})

t.test('a program in between is named where it can be known', async (t) => {
  const cases: readonly [product: string, given: Refusal][] = [
    ['Google front end', { body: GOOGLE_PAGE, type: 'text/html' }],
    ['Google front end', { body: 'no', type: 'text/plain', server: 'Google Frontend' }],
    ['Cloudflare', { body: 'error code: 1020', type: 'text/plain', server: 'cloudflare' }],
    ['nginx', { body: '<html>\r\n<head><title>403 Forbidden</title></head>\r\n<body><center><h1>403 Forbidden</h1></center><hr><center>nginx</center></body></html>', type: 'text/html' }],
    ['squid', { body: '<html><head><title>ERROR: The requested URL could not be retrieved</title></head></html>', type: 'text/html', server: 'squid/5.7' }],
    ['Zscaler', { body: '<html><head><title>Internet Security by Zscaler</title></head></html>', type: 'text/html', server: 'nginx' }],
    ['AWS load balancer', { body: '<html><head><title>403 Forbidden</title></head></html>', type: 'text/html', server: 'awselb/2.0' }]
  ]
  for (const [product, given] of cases) {
    const { causes } = diagnose(evidenceOf(given))
    t.match(causes[0]?.summary, `written by ${product}, not LangSmith`, product)
  }
  t.match(diagnose(evidenceOf({ body: 'no', type: 'text/plain', server: 'canary' })).summary, /written by something between/)
  t.match(diagnose(evidenceOf({ body: 'no', server: 'squid' })).causes[0]?.fix, /network team/)
})

t.test('causes are ranked by weight, then by the order of the rules; what nobody confirmed comes last', async (t) => {
  const says = (code: string, weight: number, more: Partial<Rule & Suspicion> = {}): Rule => ({
    code, answers: 'refusals', basis: 'confirmed', rows: [], seen: '', means: '', remedy: '', sureness: '', sources: [], ...more,
    judge: () => ({ weight, summary: `${code}.`, fix: code, ...more })
  })
  const silent: Rule = { ...says('silent', CERTAIN), judge: () => undefined }
  const evidence = evidenceOf({ body: FORBIDDEN_GO })
  const codes = (rules: Parameters<typeof diagnose>[1]): readonly string[] => [diagnose(evidence, rules).code, ...diagnose(evidence, rules).causes.map(({ code }) => code)]
  t.same(codes([]), ['undetermined'])
  t.same(codes([silent]), ['undetermined'])
  t.same(codes([says('a', POSSIBLE)]), ['key-or-workspace-refused', 'a'])
  t.same(codes([says('a', POSSIBLE), says('b', LIKELY), says('c', POSSIBLE), says('d', LIKELY)]), ['b', 'b', 'd', 'a', 'c'])
  t.same(codes([says('a', POSSIBLE), says('b', POSSIBLE + 1)]), ['key-or-workspace-refused', 'b', 'a'])
  t.same(codes([says('a', POSSIBLE), says('b', LIKELY), says('c', CERTAIN)]), ['c', 'c', 'b'], 'a certain cause makes guesses superfluous')
  t.same(codes([says('a', CERTAIN, { basis: 'inferred' }), says('b', POSSIBLE)]), ['key-or-workspace-refused', 'b', 'a'], 'what is only concluded is never more than possible')
  t.same(codes([says('a', LIKELY, { basis: 'inferred', probed: true }), says('b', POSSIBLE)]), ['a', 'a', 'b'], 'unless a probe has shown it')
  t.same(codes([says('a', CERTAIN, { answers: 'others' })]), ['undetermined'], 'a rule for other answers does not judge a refusal')
})
