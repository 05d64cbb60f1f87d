// What LangSmith has been seen to answer, word for word (docs/langsmith-api.md, section 4.2; the numbers
// B1 to B22 are those of its table). Bodies that the section leaves open are marked UNCONFIRMED.

/** A whole answer but for the transport. */
export interface Answer {
  readonly status: number
  readonly type: string
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

const JSON_TYPE = 'application/json'
const HTML_TYPE = 'text/html; charset=UTF-8'
const ORG_SCOPED = 'This API key is org-scoped and requires workspace specification. Please provide'

/** The Python backend's dialect. */
function detail (status: number, text: string, headers: Record<string, string> = {}): Answer {
  return { status, type: JSON_TYPE, body: JSON.stringify({ detail: text }), headers }
}

/** The Go backend's dialect: its bodies end in a newline. */
function error (status: number, text: string, more: Record<string, string> = {}, headers: Record<string, string> = {}): Answer {
  return { status, type: JSON_TYPE, body: `${JSON.stringify({ error: text, ...more })}\n`, headers }
}

function nginx (status: number, words: string): Answer {
  const title = `${status} ${words}`
  return {
    status,
    type: 'text/html',
    body: `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`
  }
}

export const KNOWN_ANSWERS = {
  B1: detail(401, 'Invalid token'),
  B2: error(401, 'Unauthorized'),
  B3: detail(401, 'Invalid auth'),
  B4: detail(401, 'Using legacy API key. Please generate a new API key.'),
  B5: detail(401, 'UUID header value was not a valid UUID'),
  B6: error(403, 'Forbidden'),
  B7: detail(403, 'Forbidden'),
  B8: error(403, 'org_scoped_key_requires_workspace', {
    message: `${ORG_SCOPED} 'workspaceId' parameter, or set LANGSMITH_WORKSPACE_ID environment variable. You may also want to upgrade your LangSmith SDK to use org-scoped keys.`
  }),
  B9: detail(403, `${ORG_SCOPED} 'X-Tenant-ID' header.`),
  B10: error(403, 'Forbidden - no plan found'),
  B11: detail(403, 'Missing authentication headers'),
  // The source shortens this page; what stands between doctype and title is UNCONFIRMED.
  B12: { status: 403, type: HTML_TYPE, body: '<!doctype html><meta charset="utf-8"><meta name=viewport content="width=device-width, initial-scale=1"><title>403</title>403 Forbidden' },
  B13: detail(429, 'Monthly unique traces usage limit exceeded'),
  B14: error(429, 'Too many requests: tenant exceeded usage limits: Monthly unique traces usage limit exceeded'),
  B15: detail(422, 'No prompt owner specified'), // 400 has been seen as well
  B16: detail(404, 'Repo None/test not found'),
  B17: error(409, 'Nothing to commit: prompt has not changed since latest commit'),
  B18: nginx(413, 'Request Entity Too Large'),
  // The text is known, the key it stands under is UNCONFIRMED.
  B19: error(422, 'field size 26214401 exceeds maximum allowed size of 26214400 bytes'),
  B20: detail(422, 'int too big to convert'),
  B21: nginx(405, 'Not Allowed'),
  B22: { status: 404, type: 'text/plain', body: '404 page not found\n' } // any body; the status is what is known
} as const satisfies Record<string, Answer>

/** Answers that are known to happen, but not word for word: these words are ours. */
export const INVENTED_ANSWERS = {
  'rate-limit': detail(429, 'Rate limit exceeded', { 'retry-after': '5' }),
  'company-page': {
    status: 403, type: HTML_TYPE, headers: { server: 'Zscaler/6.2' },
    body: '<!doctype html><html><head><title>Internet Security by Zscaler</title></head><body><h1>Sorry, you do not have permission to visit this site.</h1></body></html>'
  }
} as const satisfies Record<string, Answer>

export type AnswerId = keyof typeof KNOWN_ANSWERS

/**
 * Whether a text is one of the numbers B1 to B22.
 *
 * @param text - For example from a request header.
 */
export function isAnswerId (text: string): text is AnswerId {
  return Object.hasOwn(KNOWN_ANSWERS, text)
}
