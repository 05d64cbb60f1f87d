// One explained answer as lines for people, the same at the terminal and on /-/refusals: what was asked, what LangSmith
// said, why that may be, and what to do.

import type { Cause } from '../diagnosis/diagnosis.ts'
import { sentence, theKey } from '../diagnosis/words.ts'
import type { ExplainedFields } from '../diagnosis/events.ts'

/** An explained answer; without an excerpt where the event does not repeat it. */
export type Explained = Omit<ExplainedFields, 'reqId' | 'status'> & { readonly excerpt?: string | undefined }

/** @returns Lines to be put under the headline, which has the summary; not masked, and control characters are as they came. */
export function refusalLines ({ excerpt, diagnosis: { causes, summary }, ...asked }: Explained): readonly string[] {
  return [
    askedLine(asked),
    ...(excerpt === undefined ? [] : [`LangSmith said: ${excerpt === '' ? '(nothing)' : excerpt}`]),
    ...briefly(causes.flatMap((cause) => causeLines(cause, summary)), asked)
  ]
}

/** Several causes are about the same key: it is named in full once. */
function briefly (lines: readonly string[], { credential, secret_ref: secretRef }: Pick<Explained, 'credential' | 'secret_ref'>): readonly string[] {
  const named = theKey({ route: { credential: credential ?? '?', secretRef } })
  const first = lines.findIndex((line) => line.includes(named) || line.includes(sentence(named)))
  return lines.map((line, at) => at <= first ? line : line.replaceAll(named, 'the key').replaceAll(sentence(named), 'The key'))
}

function askedLine ({ method, path, route, region, credential, client, secret_ref: reference, fingerprint }: Omit<Explained, 'diagnosis' | 'excerpt'>): string {
  const where = `route ${route ?? '?'}${region === undefined ? '' : ` (${region})`}`
  return `${method} ${path}  ${where}  credential ${credential ?? '?'} [${fingerprint}] from ${reference}${client === undefined ? '' : `  client ${client}`}`
}

// The headline says the first cause already, and most summaries say how sure they are.
function causeLines ({ confidence, summary, fix }: Cause, headline: string): readonly string[] {
  const named = /^(?:Probably|Possibly) /.test(summary) ? summary : `${confidence}: ${summary}`
  return [...(summary === headline ? [] : [named]), `  → ${fix}`]
}
