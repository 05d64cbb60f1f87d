// LangSmith always gives its reason as JSON. Anything else was written by a program in between
// (also the conclusion of langsmith-data-migration-tool, CHANGELOG 0.0.83).

import type { Cause, Confidence, Dialect, Evidence } from '../diagnosis.ts'
import { findIntermediary } from '../intermediaries.ts'
import { statementOf } from '../statement.ts'
import { theRoute } from '../words.ts'

/** A page or plain text is certain; JSON of another form could be new, and an empty answer says little. */
const CONFIDENCE: Readonly<Partial<Record<Dialect, Confidence>>> = { html: 'certain', text: 'certain', 'other-json': 'likely', empty: 'possible' }

const FIXES = {
  company: (host: string) => `ask your network team to let ${host} through unfiltered; if they inspect TLS, set "ca" of the route, and HTTPS_PROXY or NO_PROXY as they say`,
  edge: (host: string) => `try again, also with a smaller body or from another network; if it stays, write to LangSmith support with the time, your public IP address and ${host}`,
  server: (host: string) => `check that ${host} is the LangSmith API, and ask whoever runs the server in front of it`,
  unknown: (host: string) => `check that ${host} is the LangSmith API, and whether a company proxy or firewall is in between; try again from another network`
} as const

export function intermediary (evidence: Evidence): Cause | undefined {
  const { dialect, fields, server, route } = evidence
  const confidence = CONFIDENCE[dialect]
  if (confidence === undefined || statementOf(evidence) !== undefined) return undefined
  const found = findIntermediary([server, fields.title, fields.message, fields.text])
  const who = found === undefined ? 'something between the proxy and LangSmith' : `${found.product}, not LangSmith`
  return {
    code: 'intermediary',
    confidence,
    summary: `${confidence === 'certain' ? 'This answer was' : 'Possibly this answer was'} written by ${who}; the key of ${theRoute(evidence)} may be fine.`,
    fix: FIXES[found?.place ?? 'unknown'](route.upstreamHost)
  }
}
