// One explained answer as lines for people, the same at the terminal and on /-/refusals: what was asked, what LangSmith
// said, why that may be, and what to do.

import type { Cause } from '../diagnosis/diagnosis.ts'
import { sentence, theKey } from '../diagnosis/words.ts'
import type { ExplainedFields } from '../diagnosis/events.ts'

/** An explained answer; without an excerpt where the event does not repeat it. */
export type Explained = Omit<ExplainedFields, 'reqId' | 'status'> & { readonly excerpt?: string | undefined }

/** Why it may be, or what to do about the cause before it. */
export interface Advice {
  readonly kind: 'why' | 'do'
  readonly text: string
}

/** @returns Lines to be put under the headline, which has the summary; not masked, and control characters are as they came. */
export function refusalLines (explained: Explained): readonly string[] {
  const { excerpt } = explained
  return [
    askedLine(explained),
    ...(excerpt === undefined ? [] : [`LangSmith said: ${excerpt === '' ? '(nothing)' : excerpt}`]),
    ...adviceOf(explained).map(({ kind, text }) => kind === 'do' ? `  → ${text}` : text)
  ]
}

/** The causes and what to do about each; what the summary of the diagnosis says is not said again. */
export function adviceOf ({ diagnosis: { causes, summary }, credential, secret_ref: secretRef }: Pick<Explained, 'diagnosis' | 'credential' | 'secret_ref'>): readonly Advice[] {
  return briefly(causes.flatMap((cause) => adviceAbout(cause, summary)), theKey({ route: { credential: credential ?? '?', secretRef } }))
}

/** Several causes are about the same key: it is named in full once. */
function briefly (advice: readonly Advice[], named: string): readonly Advice[] {
  const first = advice.findIndex(({ text }) => text.includes(named) || text.includes(sentence(named)))
  return advice.map(({ kind, text }, at) => ({ kind, text: at <= first ? text : text.replaceAll(named, 'the key').replaceAll(sentence(named), 'The key') }))
}

function askedLine ({ method, path, route, region, credential, client, secret_ref: reference, fingerprint }: Omit<Explained, 'diagnosis' | 'excerpt'>): string {
  const where = `route ${route ?? '?'}${region === undefined ? '' : ` (${region})`}`
  return `${method} ${path}  ${where}  credential ${credential ?? '?'} [${fingerprint}] from ${reference}${client === undefined ? '' : `  client ${client}`}`
}

// The headline says the first cause already, and most summaries say how sure they are.
function adviceAbout ({ confidence, summary, fix }: Cause, headline: string): readonly Advice[] {
  const named = /^(?:Probably|Possibly) /.test(summary) ? summary : `${confidence}: ${summary}`
  return [...(summary === headline ? [] : [{ kind: 'why', text: named } as const]), { kind: 'do', text: fix }]
}
