// Which cause the program names for which truth: every distinguishable cause is produced by the sandbox, goes through
// the real proxy, and is compared with what is reported. The table goes to docs/diagnosis.md.

import type { Test } from 'tap'
import { startProxy } from './proxy.ts'
import type { TestProxy } from './proxy.ts'
import type { Diagnosis } from '../../src/diagnosis/diagnosis.ts'
import type { Upstream } from '../../src/config/config.ts'
import type { RegionName } from '../../src/config/regions.ts'
import { defaultWorld } from '../../src/sandbox/default-world.ts'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'

export interface ConfusionCase {
  /** The code that is right. */
  readonly truth: string
  readonly what: string
  /** Of docs/langsmith-api.md, section 4.2; undefined where the sandbox answers with words that nobody has recorded. */
  readonly body: string | undefined
  /** Name of a key of the default world, or the text of one. */
  readonly key?: string
  readonly workspace?: string
  readonly method?: string
  readonly path?: string
  /** Forces an answer of the sandbox. */
  readonly answer?: string
  /** Only read-only calls can tell this cause from others. */
  readonly probed?: boolean
}

const WORLD = defaultWorld()
const keyOf = (name: string): string => WORLD.keys.find((key) => key.name === name)?.value ?? name
const workspaceOf = (handle: string): string => WORLD.workspaces.find((workspace) => workspace.handle === handle)?.id ?? handle
const TRACE = { method: 'POST', path: '/runs/batch' } as const
const GOOD = keyOf('good-us')

/** What a body or the settings tell. */
const TOLD: readonly ConfusionCase[] = [
  { truth: 'key-not-seen', what: 'no key arrives', body: 'B1', answer: 'B1' },
  { truth: 'key-not-seen', what: 'no key arrives, traces', body: 'B2', answer: 'B2', ...TRACE },
  { truth: 'key-not-seen', what: 'no key arrives, words of 2023', body: 'B3', answer: 'B3' },
  { truth: 'key-legacy', what: 'an ls__ key', body: 'B4', key: `ls__${'0123456789abcdef'.repeat(2)}` },
  { truth: 'workspace-not-uuid', what: 'the workspace ID is a name', body: 'B5', workspace: 'Research' },
  { truth: 'key-malformed', what: 'a key without its first letter', body: 'B7', key: GOOD.slice(1) },
  { truth: 'key-malformed', what: 'a key cut off', body: 'B6', key: GOOD.slice(0, 40), ...TRACE },
  { truth: 'key-malformed', what: 'a placeholder', body: 'B7', key: 'your-api-key' },
  { truth: 'key-malformed', what: 'quotes around the key', body: 'B7', key: `"${GOOD}"` },
  { truth: 'workspace-required', what: 'a key of the whole organization, traces', body: 'B8', key: 'org-scoped-us', ...TRACE },
  { truth: 'workspace-required', what: 'a key of the whole organization', body: 'B9', key: 'org-scoped-us' },
  { truth: 'no-plan', what: 'an organization without a plan', body: 'B10', key: 'no-plan-us' },
  { truth: 'deployment-auth', what: 'a deployment without key', body: 'B11', answer: 'B11' },
  { truth: 'intermediary', what: 'Google\'s front end says no', body: 'B12', answer: 'B12', ...TRACE },
  { truth: 'usage-limit', what: 'the monthly limit, older words', body: 'B13', answer: 'B13', ...TRACE },
  { truth: 'usage-limit', what: 'the monthly limit', body: 'B14', answer: 'B14', ...TRACE },
  { truth: 'prompt-owner-missing', what: 'a prompt without owner', body: 'B15', answer: 'B15', path: '/commits/test' },
  { truth: 'prompt-owner-unknown', what: 'a display name instead of a handle', body: 'B16', answer: 'B16', path: '/commits/Workspace/test' },
  { truth: 'already-exists', what: 'nothing new to commit', body: 'B17', answer: 'B17', method: 'POST', path: '/commits/-/test' },
  { truth: 'body-too-large-upstream', what: 'a body that nginx finds too large', body: 'B18', answer: 'B18', ...TRACE },
  { truth: 'payload-refused', what: 'a field over 25 MiB', body: 'B19', answer: 'B19', ...TRACE },
  { truth: 'payload-refused', what: 'a number that is too big', body: 'B20', answer: 'B20', ...TRACE },
  { truth: 'endpoint-not-api', what: 'the web pages instead of the API', body: 'B21', answer: 'B21', ...TRACE },
  { truth: 'otlp-path', what: 'an OTLP address with /v1/traces twice', body: 'B22', answer: 'B22', method: 'POST', path: '/api/v1/otel/v1/traces/v1/traces' }
]

/** What only read-only calls tell apart: LangSmith says no more than Forbidden. */
const PROBED: readonly ConfusionCase[] = [
  { truth: 'key-other-region', what: 'a key of eu at us', body: 'B7', key: 'good-eu' },
  { truth: 'key-other-region', what: 'a key of eu at us, traces', body: 'B6', key: 'good-eu', ...TRACE },
  { truth: 'key-other-region', what: 'a key of apac at us, with its workspace', body: 'B7', key: 'good-apac', workspace: 'pacific' },
  { truth: 'key-revoked', what: 'a deleted key', body: 'B7', key: 'revoked-us' },
  { truth: 'key-revoked', what: 'a deleted key, traces', body: 'B6', key: 'revoked-us', ...TRACE },
  { truth: 'workspace-mismatch', what: 'a workspace that the key does not see', body: 'B7', key: 'service-us', workspace: 'research' },
  { truth: 'workspace-mismatch', what: 'a workspace of another organization', body: 'B7', key: 'good-us', workspace: 'trial' },
  { truth: 'workspace-mismatch', what: 'the ID of the organization', body: 'B7', key: 'good-us', workspace: 'a0000000-0000-4000-8000-000000000001' },
  { truth: 'permission-missing', what: 'a viewer writes a trace', body: 'B6', key: 'viewer-us', ...TRACE },
  { truth: 'permission-missing', what: 'a viewer with its workspace writes a trace', body: 'B6', key: 'viewer-us', workspace: 'research', ...TRACE },
  { truth: 'permission-missing', what: 'an editor creates a project', body: 'B7', key: 'editor-us', method: 'POST', path: '/api/v1/sessions' },
  { truth: 'permission-missing', what: 'a key for traces alone reads', body: 'B7', key: 'ingest-us', path: '/api/v1/sessions' }
].map((known) => ({ ...known, probed: true }))

/** Answers in words that nobody has recorded: they say something about the program, nothing about LangSmith. */
const INVENTED: readonly ConfusionCase[] = [
  { truth: 'key-revoked', what: 'an expired key', body: undefined, key: 'expired-us', probed: true },
  { truth: 'ip-allowlist', what: 'a caller whose address is not on the list', body: undefined, key: 'fenced-us', probed: true },
  { truth: 'rate-limit', what: 'too many requests', body: undefined, answer: 'rate-limit' },
  { truth: 'intermediary', what: 'a page of a company\'s filter', body: undefined, answer: 'company-page' }
]

const CONFUSION_CASES: readonly ConfusionCase[] = [...TOLD, ...PROBED, ...INVENTED]

export interface Named {
  /** The code of header and log. */
  readonly code: string
  /** Place of the truth among the causes, from 1; undefined where it is not among them. */
  readonly rank: number | undefined
  /** The first cause. */
  readonly first: string | undefined
}

export interface ConfusionRow extends ConfusionCase {
  readonly before: Named
  /** After the calls to the same host, and to the other regions too; undefined where no call can help. */
  readonly sameHost: Named | undefined
  readonly regions: Named | undefined
}

/** Sends one case through a proxy of its own, in each mode that matters. */
async function confusionOf (t: Pick<Test, 'teardown'>, sandbox: Sandbox, given: ConfusionCase): Promise<ConfusionRow> {
  const before = await nameIn(t, sandbox, given, 'off')
  if (given.probed !== true) return { ...given, before, sameHost: undefined, regions: undefined }
  return { ...given, before, sameHost: await nameIn(t, sandbox, given, 'same-host'), regions: await nameIn(t, sandbox, given, 'regions') }
}

async function nameIn (t: Pick<Test, 'teardown'>, sandbox: Sandbox, given: ConfusionCase, mode: 'off' | 'same-host' | 'regions'): Promise<Named> {
  const proxy = await startProxy(t, {
    env: { LANGSMITH_PROXY_DIAGNOSIS_PROBE: mode, LANGSMITH_PROXY_STARTUP_CHECK: 'off' },
    routes: [{
      upstream: sandbox.regions.us.url, key: keyOf(given.key ?? 'good-us'),
      ...(given.workspace === undefined ? {} : { workspaceId: workspaceOf(given.workspace) }),
      overrides: { upstream: regionAt(sandbox, 'us') }
    }],
    regionUpstream: (name) => regionAt(sandbox, name)
  })
  const { method = 'GET', path = '/api/v1/sessions', answer } = given
  const response = await fetch(proxy.url + path, {
    method, headers: { 'content-type': 'application/json', ...(answer === undefined ? {} : { 'x-sandbox-answer': answer }) }, ...(method === 'GET' ? {} : { body: '{}' })
  })
  await response.arrayBuffer()
  const named = namedIn(await diagnosisOf(proxy, mode), given.truth)
  await proxy.proxy.close()
  return named
}

async function diagnosisOf (proxy: TestProxy, mode: string): Promise<Diagnosis> {
  if (mode !== 'off') return (await proxy.eventOf('refusal.explained')).diagnosis
  const isRefusal = proxy.events.some(({ event }) => event === 'refusal.diagnosed')
  return (await proxy.eventOf(isRefusal ? 'refusal.diagnosed' : 'answer.diagnosed')).diagnosis
}

function namedIn ({ code, causes }: Diagnosis, truth: string): Named {
  const at = causes.findIndex((cause) => cause.code === truth)
  return { code, rank: at === -1 ? undefined : at + 1, first: causes[0]?.code }
}

/** All cases, one after the other. */
export async function confusionTable (t: Pick<Test, 'teardown'>, sandbox: Sandbox): Promise<readonly ConfusionRow[]> {
  const rows: ConfusionRow[] = []
  for (const given of CONFUSION_CASES) rows.push(await confusionOf(t, sandbox, given))
  return rows
}

/** A region of the sandbox in the place of the real one. */
export function regionAt (sandbox: Sandbox, region: RegionName): Upstream {
  const { url, port } = sandbox.regions[region]
  return { origin: url, host: `127.0.0.1:${port}`, hostname: '127.0.0.1', tls: false, basePath: '', selfHosted: false, region }
}

/** The part of docs/diagnosis.md that shows the table. */
export function confusionSection (rows: readonly ConfusionRow[]): readonly string[] {
  const recorded = rows.filter(({ body }) => body !== undefined)
  const told = recorded.filter(({ probed }) => probed !== true)
  const probed = recorded.filter((row) => row.probed === true)
  const right = (named: Named | undefined): boolean => named?.rank === 1
  const inTop3 = ({ before }: ConfusionRow): boolean => (before.rank ?? Infinity) <= 3
  const share = (part: readonly unknown[], whole: readonly unknown[]): string => `${part.length} of ${whole.length}`
  return [
    `Of the answers that people have recorded (B1 to B22), the first cause is right for ${share(told.filter(({ before }) => right(before)), told)} where the answer or the settings tell.`,
    `Where LangSmith says no more than Forbidden, the truth is among the first three for ${share(probed.filter(inTop3), probed)}; after read-only calls to the same host`,
    `it is the first for ${share(probed.filter(({ sameHost }) => right(sameHost)), probed)}, after calls to the other regions (\`diagnosis.probe: regions\`) for ${share(probed.filter(({ regions }) => right(regions)), probed)}.`,
    '',
    ...table(['Truth', 'Case', 'Answer', 'At once', 'Place', 'Same host asked', 'Regions asked'], recorded.map(cells)),
    '',
    'Not counted, because nobody has recorded what LangSmith or a filter answers then; the sandbox makes the words up:',
    '',
    ...table(['Truth', 'Case', 'At once', 'Place', 'Same host asked', 'Regions asked'], rows.filter(({ body }) => body === undefined).map((row) => cells(row).toSpliced(2, 1)))
  ]
}

function cells ({ truth, what, body, before, sameHost, regions }: ConfusionRow): string[] {
  return [`\`${truth}\``, what, body ?? '', `\`${before.first ?? before.code}\``, before.rank === undefined ? '–' : String(before.rank), shown(sameHost), shown(regions)]
}

function shown (named: Named | undefined): string {
  return named === undefined ? '' : `\`${named.first ?? named.code}\``
}

function table (head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`)
}
