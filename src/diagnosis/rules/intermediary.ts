// LangSmith always gives its reason as JSON. Anything else was written by a program in between
// (also the conclusion of langsmith-data-migration-tool, CHANGELOG 0.0.83).

import type { Dialect, Evidence, Rule, Suspicion } from '../diagnosis.ts'
import { findIntermediary } from '../intermediaries.ts'
import { sdkIssue, PUBLIC_REPORT } from '../sources.ts'
import { atWeight, theRoute } from '../words.ts'
import { CERTAIN, LIKELY, POSSIBLE } from '../weights.ts'

/** A page or plain text is certain; JSON of another form could be new, and an empty answer says little. */
const WEIGHTS: Readonly<Partial<Record<Dialect, number>>> = { html: CERTAIN, text: CERTAIN, 'other-json': LIKELY, empty: POSSIBLE }

const FIXES = {
  company: (host: string) => `ask your network team to let ${host} through unfiltered; if they inspect TLS, set "ca" of the route, and HTTPS_PROXY or NO_PROXY as they say`,
  edge: (host: string) => `try again, also with a smaller body or from another network; if it stays, write to LangSmith support with the time, your public IP address and ${host}`,
  server: (host: string) => `check that ${host} is the LangSmith API, and ask whoever runs the server in front of it`,
  unknown: (host: string) => `check that ${host} is the LangSmith API, and whether a company proxy or firewall is in between; try again from another network`
} as const

export const intermediary: Rule = {
  code: 'intermediary',
  answers: 'refusals',
  basis: 'confirmed',
  rows: [20, 21],
  seen: '401 or 403 with a web page, plain text, or JSON that is not of LangSmith\'s form; sometimes only for some requests or from some networks.',
  means: 'A load balancer, web application firewall, company proxy or captive portal answered; the request did not get to LangSmith\'s application, so this says nothing about the key.',
  remedy: 'Depends on who it was, which the message names where it can: let the host through unfiltered (company filter), try again or with a smaller body (Google front end, Cloudflare), look at the server in front (self-hosted).',
  sureness: 'Certain for a page or plain text, likely for JSON of another form, possible for an empty answer.',
  sources: ['https://github.com/langchain-ai/langsmith-data-migration-tool', sdkIssue(637), PUBLIC_REPORT],
  judge
}

function judge (evidence: Evidence): Suspicion | undefined {
  const { dialect, fields, server, edgeHeaders, route } = evidence
  const weight = WEIGHTS[dialect]
  if (weight === undefined || evidence.statement !== undefined) return undefined
  const words = [server, fields.title, fields.message, fields.text]
  const writer = findIntermediary(words)
  const passed = findIntermediary(words, edgeHeaders)
  const unnamed = `something between the proxy and LangSmith${passed === undefined ? '' : ` (${passed.product} is on the way)`}`
  return {
    weight,
    summary: `${atWeight(weight, 'this answer was')} written by ${writer === undefined ? unnamed : `${writer.product}, not LangSmith`}; the key of ${theRoute(evidence)} may be fine.`,
    fix: FIXES[passed?.place ?? 'unknown'](route.upstreamHost)
  }
}
