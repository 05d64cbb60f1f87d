// Keeps web pages out. A page in the developer's browser can reach localhost; it must not be able to
// use the key, not even blindly. Programs send neither Origin nor Sec-Fetch-Site; browsers do.

import type { Head } from './head.ts'
import type { Denial } from '../exchange.ts'

/**
 * @param ownPage - The request is for one of the proxy's own pages, which may load their own parts.
 */
export function judgeBrowser (head: Pick<Head, 'origin' | 'fetchSite'>, ownPage: boolean): Denial | undefined {
  if (head.origin.length > 0) {
    return { code: 'browser-request', detail: 'the request carries an Origin header, so it comes from a web page' }
  }
  const typedByUser = head.fetchSite.every((site) => site === 'none' || (ownPage && site === 'same-origin'))
  if (typedByUser) return undefined
  return { code: 'browser-request', detail: 'the Sec-Fetch-Site header says that the request comes from a web page' }
}
