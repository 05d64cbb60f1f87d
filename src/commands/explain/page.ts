// The result as one page for a person: at most 100 columns, and no control character of anybody.

import type { Outlook } from './outlook.ts'
import type { PastRefusals } from './past-refusals.ts'
import type { Sent, Trouble } from './send.ts'
import { wrap } from '../../admin/wrap.ts'
import { refusalLines } from '../../observe/refusal-lines.ts'
import { visible } from '../../observe/visible.ts'

const LABEL_WIDTH = 11

export function outlookLines ({ method, path, client, own_page: ownPage, denial, route, why, url, permission, removed, set }: Outlook): readonly string[] {
  const way = route === undefined
    ? []
    : [
        row('route', `${route.prefix} (${why ?? ''})`),
        row('goes to', `${url ?? ''}${route.region === undefined ? '' : `  region ${route.region}`}${route.via === undefined ? '' : `  via ${route.via}`}`),
        row('key', `credential ${route.credential}${route.fingerprint === undefined ? '' : ` [${route.fingerprint}]`} from ${route.secret_ref}`),
        row('workspace', route.workspace ? 'set by the credential' : 'not set; LangSmith takes the one of the key'),
        row('needs', permission === undefined ? 'no permission that LangSmith documents for this path' : `the permission ${permission}`)
      ]
  const swap = removed === undefined || set === undefined
    ? []
    : [
        row('removes', `${removed.headers.join(', ')}, where the caller sends them`),
        ...removed.query.length === 0 ? [] : [row('', `${removed.query.join(', ')} of the query`)],
        row('sets', Object.entries(set).map(([name, value]) => `${name}: ${value}`).join(', '))
      ]
  const sender = client === undefined ? [] : [row('as client', `${client.name}, role ${client.role}`)]
  return [`${method} ${path}`, ...sender, ...way, ...swap, ...verdictOf(ownPage, denial)]
}

function verdictOf (ownPage: boolean, denial: Outlook['denial']): readonly string[] {
  if (denial !== undefined) return [row('refused', `by the proxy, with ${String(denial.status)} ${denial.code}: ${denial.detail}`), `    → ${denial.hint}`]
  return [row('result', ownPage ? 'a page of the proxy itself; nothing goes upstream' : 'the proxy would forward it')]
}

/** @param fingerprint - Of the key that this config has for the route; undefined where it cannot be read. */
export function pastLines ({ proxy, running, closed, refusals }: PastRefusals, fingerprint: string | undefined): readonly string[] {
  if (!running) return [`no proxy is running at ${proxy}, so what was refused lately is not known`]
  if (closed) return [`the proxy at ${proxy} tells only admins what was refused lately: read ${proxy}/-/refusals with the client key of one`]
  if (refusals.length === 0) return [`the proxy at ${proxy} has seen no refusal on this route lately`]
  return [
    `refused lately on this route, newest first (the proxy at ${proxy}):`,
    ...refusals.flatMap((refusal) => {
      const { time, count, status, diagnosis } = refusal
      const often = count === 1 ? '' : `, ${String(count)} times`
      const other = fingerprint === undefined || fingerprint === refusal.fingerprint ? '' : ', with another key than here'
      return [`  ${time}  ${String(status ?? '')} ${diagnosis.code}${often}${other}`, ...[diagnosis.summary, ...refusalLines(refusal)].map((line) => `    ${line}`)]
    })
  ]
}

export function sentLines ({ answer, trouble }: Sent): readonly string[] {
  const { status, by, ms, bytes, content_type: type, end } = answer
  const ends = { complete: '', broken: '; it broke off', long: '; more was coming' } as const
  return [row('sent', `${String(status)} from ${by} in ${String(ms)} ms, ${String(bytes)} bytes, ${type ?? 'no content type'}${ends[end]}`), ...trouble === undefined ? [] : troubleLines(trouble)]
}

function troubleLines (trouble: Trouble): readonly string[] {
  switch (trouble.event) {
    case 'request.denied':
    case 'upstream.failed':
      return [`  ${trouble.code}: ${trouble.detail}`, `    → ${trouble.hint}`]
    default:
      return diagnosisLines(trouble)
  }
}

export function explainedLines ({ explained }: Sent): readonly string[] {
  return explained === undefined ? [] : ['', 'after asking LangSmith with read-only calls:', ...diagnosisLines(explained)]
}

function diagnosisLines (explained: Parameters<typeof refusalLines>[0]): readonly string[] {
  const { code, summary } = explained.diagnosis
  const [, ...lines] = refusalLines(explained) // the first one repeats what was asked
  return [`  ${code}: ${summary}`, ...lines.map((line) => `  ${line}`)]
}

function row (label: string, text: string): string {
  return `  ${label.padEnd(LABEL_WIDTH)}${text}`
}

/** @param mask - Hides secrets. */
export function asText (lines: readonly string[], mask: (text: string) => string): string {
  return lines.flatMap((line) => wrap(visible(mask(line)))).map((line) => `${line}\n`).join('')
}
