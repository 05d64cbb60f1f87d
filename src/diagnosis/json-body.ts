// The JSON forms of a refusal. Source: langsmith OpenAPI and recorded answers; Python backend
// {"detail": …}, for 422 a list of them, Go backend {"error": "…"}, v2 API problem details, sandboxes {"detail": {"error", "message"}}.

import type { Dialect, Fields } from './diagnosis.ts'

const NAMES = ['detail', 'error', 'message', 'title', 'remedy'] as const
type Name = typeof NAMES[number]
/** Parts of a place in a request that are kept. */
const DEEPEST_PLACE = 10

/** The form and the words of a JSON body; undefined when it is not JSON. A body that was cut is read as far as it goes. */
export function readJson (text: string, contentType: string | undefined): { readonly dialect: Dialect, readonly fields: Fields } | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return text.startsWith('{') ? readCut(text) : undefined
  }
  // A bare word or number is JSON too, but says no more than text does.
  if (typeof value !== 'object' || value === null) return { dialect: 'other-json', fields: typeof value === 'string' ? { text: value } : {} }
  const fields = fieldsOf(value)
  return { dialect: dialectOf(value, /\bproblem\+json\b/i.test(contentType ?? '')), fields }
}

function dialectOf (body: object, saysProblem: boolean): Dialect {
  if (Array.isArray(body)) return 'other-json'
  if (saysProblem || (typeof own(body, 'status') === 'number' && typeof own(body, 'title') === 'string')) return 'problem'
  if (own(body, 'detail') !== undefined) return 'detail'
  // LangSmith's error is a word; an object there is Google's or somebody else's.
  return typeof own(body, 'error') === 'string' ? 'error' : 'other-json'
}

/** The strings of the body itself; where it has none, those of a nested `detail` or `error`. */
function fieldsOf (body: object): Fields {
  const fields: Partial<Record<Name, string>> = {}
  for (const holder of [body, own(body, 'detail'), own(body, 'error')]) {
    if (typeof holder !== 'object' || holder === null) continue
    for (const name of NAMES) {
      const value = own(holder, name)
      if (typeof value === 'string') fields[name] ??= value
    }
  }
  const listed = firstOfList(own(body, 'detail'))
  if (listed !== undefined) fields.detail = listed
  return fields
}

/** FastAPI's `{"detail": [{"loc": ["body", "session_id"], "msg": "…"}]}`: the first, as `body.session_id: …`. */
function firstOfList (detail: unknown): string | undefined {
  const first: unknown = Array.isArray(detail) ? detail[0] : undefined
  if (typeof first !== 'object' || first === null) return undefined
  const [place, message] = [own(first, 'loc'), own(first, 'msg')]
  if (!Array.isArray(place) || typeof message !== 'string') return undefined
  const parts = place.slice(0, DEEPEST_PLACE).filter((part) => typeof part === 'string' || typeof part === 'number')
  return `${parts.join('.')}: ${message}`
}

/** Own properties only: a body may hold `__proto__`. */
function own (holder: object, name: string): unknown {
  return Object.hasOwn(holder, name) ? (holder as Readonly<Record<string, unknown>>)[name] : undefined
}

/** JSON that ends too early, or that a middlebox bent: what can still be recognised as "name": "value". */
function readCut (text: string): { readonly dialect: Dialect, readonly fields: Fields } | undefined {
  const fields: Partial<Record<Name, string>> = {}
  let dialect: Dialect | undefined
  for (const [, key, value = '', end] of text.matchAll(/"(detail|error|message|title|remedy)"\s*:\s*"([^"\\]*(?:\\.[^"\\]*)*)("|\\?$)/gs)) {
    const name = NAMES.find((known) => known === key)
    if (name === undefined) continue
    dialect ??= name === 'detail' || name === 'error' ? name : 'other-json'
    // A value without its end must not be taken for a whole sentence: "Forbidden" may have gone on.
    fields[name] ??= end === '"' ? unescaped(value) : `${unescaped(value)}…`
  }
  // The name alone tells who wrote it, even when the value was lost.
  const started = /^\{\s*"(detail|error)"/.exec(text)?.[1]
  dialect ??= started === 'detail' || started === 'error' ? started : undefined
  if (dialect !== undefined) return { dialect, fields }
  return /^\{\s*(?:"|$)/.test(text) ? { dialect: 'other-json', fields } : undefined
}

function unescaped (value: string): string {
  try {
    return String(JSON.parse(`"${value}"`))
  } catch {
    return value
  }
}
