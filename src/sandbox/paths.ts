// LangSmith serves most endpoints under two paths (docs/langsmith-api.md, section 1.3). The router knows one.

/**
 * The path under which the router knows an endpoint.
 *
 * @param url - Path and query as received.
 * @returns `/v1/platform/…` and `/v2/…` without `/api` before them, everything else without `/api/v1`.
 * What has the prefix twice, as Java SDKs send it when the endpoint ends in `/api/v1`, stays unknown.
 */
export function canonicalUrl (url: string): string {
  if (url.startsWith('/api/v1/platform/')) return url.slice('/api'.length)
  if (url.startsWith('/api/v2/')) return url.slice('/api'.length)
  if (url.startsWith('/api/v1/')) return url.slice('/api/v1'.length)
  return url
}
