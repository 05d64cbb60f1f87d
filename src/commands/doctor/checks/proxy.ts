// Whether the proxy itself runs where its settings say.

import { ok, skip, warn } from '../finding.ts'
import type { Finding } from '../finding.ts'

/**
 * @param url - Where it should be.
 * @param why - What keeps /-/ready from saying yes: undefined for nothing, empty where nobody answers.
 */
export function judgeProxy (url: string, why: string | undefined): Finding {
  if (why === undefined) return ok('proxy', `it runs at ${url} and is ready`)
  if (why === '') return skip('proxy', `none answers at ${url}; start it with langsmith-proxy, or give --port if it listens elsewhere`)
  return warn('proxy', `what answers at ${url} is not ready: ${why}`, 'see its log, and the routes below')
}
