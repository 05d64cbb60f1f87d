// A web page where the API answers in JSON: the upstream is the address of the web pages (langsmith-sdk issue 637), or, where
// it is the API for certain, a captive portal or filter is in between.

import type { Evidence, Rule, Suspicion } from '../diagnosis.ts'
import { findIntermediary } from '../intermediaries.ts'
import { bareSegments } from '../permissions.ts'
import { docsPage, sdkIssue } from '../sources.ts'
import { theRoute, upstreamSetting } from '../words.ts'
import { LIKELY } from '../weights.ts'

/** Paths that may well be pages, and statuses that other rules read. */
const PAGES: ReadonlySet<string> = new Set(['', 'docs', 'redoc', 'oauth', 'mcp', 'public', '.well-known'])
const OTHER_MEANING: ReadonlySet<number> = new Set([401, 403, 407, 413, 429])

export const endpointNotApi: Rule = {
  code: 'endpoint-not-api',
  answers: 'all',
  basis: 'confirmed',
  rows: [24],
  seen: '405 with a page of nginx, or a web page with 200 or 404 where JSON is due; SDKs report a JSON decode error.',
  means: 'The upstream is the address of the LangSmith web pages, or a self-hosted one without `/api/v1`. For LangSmith\'s own API hosts: a login page or filter of your network answered instead.',
  remedy: 'Set the upstream of the route to the API (`https://HOST/api/v1` for self-hosted; `region` for the cloud), or log in to your network.',
  sureness: 'Likely. Read-only calls that find no API at this address make it likely for refusals too.',
  sources: [sdkIssue(637), docsPage('self-host-usage')],
  judge
}

function judge (evidence: Evidence): Suspicion | undefined {
  const { status, dialect, contentType, path, route, findings, server, fields, edgeHeaders } = evidence
  const isPage = dialect === 'html' && /html/i.test(contentType ?? '') && !PAGES.has(bareSegments(path)[0] ?? '') && !OTHER_MEANING.has(status)
  const noApi = findings?.isApi === false && route.region === undefined
  if (!isPage && !noApi) return undefined
  if (route.region === undefined) {
    return {
      weight: noApi ? LIKELY + 25 : LIKELY,
      summary: `${noApi ? 'There is no LangSmith API' : 'This answer is a web page, so there is probably no LangSmith API'} at the address that ${theRoute(evidence)} goes to (${route.upstreamHost}).`,
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
