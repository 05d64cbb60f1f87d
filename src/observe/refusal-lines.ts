// One explained answer as lines for people, the same at the terminal and on /-/refusals: what was asked, what LangSmith
// said, why that may be, and what to do.

import type { Cause } from '../diagnosis/diagnosis.ts'
import type { ExplainedFields } from '../events.ts'

/** An explained answer; without an excerpt where the event does not repeat it. */
export type Explained = Omit<ExplainedFields, 'reqId' | 'status'> & { readonly excerpt?: string | undefined }

/** @returns Lines to be put under the headline, which has the summary; not masked, and control characters are as they came. */
export function refusalLines ({ excerpt, diagnosis: { causes, summary }, ...asked }: Explained): readonly string[] {
  return [
    askedLine(asked),
    ...(excerpt === undefined ? [] : [`LangSmith said: ${excerpt === '' ? '(nothing)' : excerpt}`]),
    ...causes.flatMap((cause) => causeLines(cause, summary))
  ]
}

function askedLine ({ method, path, route, region, credential, secret_ref: reference, fingerprint }: Omit<Explained, 'diagnosis' | 'excerpt'>): string {
  const where = `route ${route ?? '?'}${region === undefined ? '' : ` (${region})`}`
  return `${method} ${path}  ${where}  credential ${credential ?? '?'} [${fingerprint}] from ${reference}`
}

// The headline says the first cause already, and most summaries say how sure they are.
function causeLines ({ confidence, summary, fix }: Cause, headline: string): readonly string[] {
  const named = /^(?:Probably|Possibly) /.test(summary) ? summary : `${confidence}: ${summary}`
  return [...(summary === headline ? [] : [named]), `  → ${fix}`]
}
