// A web page where the API answers in JSON: the upstream is the address of the web pages (langsmith-sdk issue 637), or, where
// it is the API for certain, a captive portal or filter is in between.

import type { Evidence, Rule, Suspicion } from '../diagnosis.ts'
import { findIntermediary } from '../intermediaries.ts'
import { permissionFor } from '../permissions.ts'
import { docsPage, sdkIssue } from '../sources.ts'
import { routeThatWorks, workedBefore } from '../standing.ts'
import { atWeight, theRoute, upstreamSetting } from '../words.ts'
import { LIKELY } from '../weights.ts'

/** Statuses that other rules read, and 400, which servers in front of LangSmith write as a page too. */
const OTHER_MEANING: ReadonlySet<number> = new Set([400, 401, 403, 407, 413, 429])

export const endpointNotApi: Rule = {
  code: 'endpoint-not-api',
  answers: 'all',
  basis: 'confirmed',
  rows: [24],
  seen: '405 with a page of nginx, or a web page with 200 or 404 where JSON is due; SDKs report a JSON decode error.',
  means: 'The upstream is the address of the LangSmith web pages, or a self-hosted one without `/api/v1`. For LangSmith\'s own API hosts: a login page or filter of your network answered instead.',
  remedy: 'Set the upstream of the route to the API (`https://HOST/api/v1` for self-hosted; `region` for the cloud), or log in to your network.',
  sureness: 'Likely for a page in answer to a call that LangSmith documents, as long as nothing has worked there; likely for refusals too that are not of LangSmith\'s form, once read-only calls find no API at this address.',
  sources: [sdkIssue(637), docsPage('self-host-usage')],
  judge
}

function judge (evidence: Evidence): Suspicion | undefined {
  const { status, dialect, contentType, route, findings, server, fields, edgeHeaders } = evidence
  if (workedBefore(evidence) || routeThatWorks(evidence) !== undefined || findings?.isApi === true) return undefined
  const isPage = dialect === 'html' && /html/i.test(contentType ?? '') && isDocumented(evidence) && !OTHER_MEANING.has(status)
  // Who answers as LangSmith does is one of its services, though not this API.
  const noApi = findings?.isApi === false && route.region === undefined && evidence.statement === undefined
  if (!isPage && !noApi) return undefined
  if (route.region === undefined) {
    const weight = noApi ? LIKELY + 25 : LIKELY
    return {
      weight,
      summary: `${atWeight(weight, 'there is no LangSmith API')} at the address that ${theRoute(evidence)} goes to (${route.upstreamHost})${noApi ? '' : ': this answer is a web page'}.`,
      fix: `correct ${upstreamSetting(evidence)}: self-hosted LangSmith has its API at https://HOST/api/v1`,
      probed: noApi
    }
  }
  const writer = findIntermediary([server, fields.title, fields.text], edgeHeaders)
  return {
    weight: LIKELY,
    summary: `Probably ${writer === undefined ? 'something' : writer.product} between the proxy and LangSmith wrote this web page; ${route.upstreamHost} answers in JSON.`,
    fix: 'open any web page on this machine to see whether your network wants a login; else ask your network team about a filter'
  }
}

/** Other paths may be slips of a caller, or pages. */
function isDocumented ({ method, path, pathClass }: Evidence): boolean {
  return permissionFor(method, path) !== undefined || (pathClass !== 'read' && pathClass !== 'write')
}
