// What LangSmith's own words mean. The texts are verbatim from recorded answers; the comment on each
// line names where people reported it.

import type { Dialect, Evidence, Statement } from './diagnosis.ts'

const STATEMENTS: readonly (readonly [text: string | RegExp, Statement])[] = [
  ['using legacy api key. please generate a new api key', 'legacy-key'], // langsmith-sdk issue 1201
  ['uuid header value was not a valid uuid', 'header-not-uuid'], // forum.langchain.com topic 2524
  ['org_scoped_key_requires_workspace', 'workspace-required'], // langsmith-sdk PR 1920, forum topic 1476
  [/^this api key is org-scoped and requires workspace specification\b/, 'workspace-required'],
  ['forbidden - no plan found', 'no-plan'],
  [/\busage limit exceeded$|\bexceeded usage limits?\b/, 'usage-limit'], // a commenter of langsmith-sdk issue 637; usually 429
  ['invalid token', 'no-key'], // Python backend: langsmith-sdk issues 666, 1412, 3279
  ['unauthorized', 'no-key'], // Go backend: langsmith-docs issue 608
  ['invalid auth', 'no-key'], // Python backend in 2023: docker/genai-stack issue 36
  ['missing authentication headers', 'deployment-no-key'], // Agent Server: chat-langchain issue 374
  ['forbidden', 'forbidden'] // langsmith-sdk issues 637, 721, 846, 2112, 2492
]

/** Said alone they are all that LangSmith says; beside other words they are the name of the status. */
const BARE_WORDS: ReadonlySet<Statement> = new Set<Statement>(['no-key', 'forbidden'])

/** What words that are not in the table are about, and the causes that they point at. None of them is recorded. */
const TOPICS: readonly (readonly [RegExp, readonly string[]])[] = [
  [/\bexpired?\b/, ['key-expired', 'key-revoked']],
  [/\ballow-?list|\bip address/, ['ip-allowlist']],
  [/\bpermissions?\b/, ['permission-missing']]
]

const LANGSMITH: ReadonlySet<Dialect> = new Set<Dialect>(['detail', 'error', 'problem'])

/**
 * What LangSmith said; undefined when the answer does not look like LangSmith's, which is for the
 * rule about intermediaries. An answer to HEAD has no body: it counts as a bare no unless its type is not JSON.
 */
export function statementOf ({ dialect, fields, method, contentType, status }: Pick<Evidence, 'dialect' | 'fields' | 'method' | 'contentType' | 'status'>): Statement | undefined {
  if (dialect === 'empty' && method === 'HEAD' && /json|^$/i.test(contentType ?? '')) return status === 401 ? 'no-key' : 'forbidden'
  if (!LANGSMITH.has(dialect)) return undefined
  const meanings = [fields.detail, fields.error, fields.message, fields.title].filter((text) => text !== undefined).map(meaningOf)
  return meanings.find((meaning) => meaning !== 'unknown' && !BARE_WORDS.has(meaning)) ?? meanings.find((meaning) => meaning === 'unknown') ?? meanings[0] ?? 'unknown'
}

/** Codes of causes that LangSmith's words point at, where the words themselves are not known. */
export function causesNamed (evidence: Evidence): readonly string[] {
  return evidence.statement === 'unknown' ? TOPICS.flatMap(([pattern, codes]) => says(evidence, pattern) ? codes : []) : []
}

/** A client that does not give up gets the same words each time. */
const meanings = new Map<string, Statement>()
const MOST_REMEMBERED = 100
/** What LangSmith is known to say is shorter. */
const LONGEST_REMEMBERED = 200

function meaningOf (text: string): Statement {
  const known = meanings.get(text)
  if (known !== undefined) return known
  const meaning = meaningOfWords(plain(text))
  if (meanings.size >= MOST_REMEMBERED) meanings.clear()
  if (text.length <= LONGEST_REMEMBERED) meanings.set(text, meaning)
  return meaning
}

function meaningOfWords (words: string): Statement {
  return STATEMENTS.find(([known]) => typeof known === 'string' ? words === known : known.test(words))?.[1] ?? 'unknown'
}

/**
 * Whether any of the answer's own words match, for answers that only few parts of LangSmith give.
 *
 * @param pattern - For lower case, single blanks and no final dot.
 */
export function says ({ fields }: Evidence, pattern: RegExp): boolean {
  return Object.values(fields).some((text) => pattern.test(plain(text)))
}

function plain (text: string): string {
  return text.toLowerCase().replaceAll(/\s+/g, ' ').trim().replace(/\.$/, '')
}
