// When LangSmith last said something about the key of each route, for the dashboard. A version of the key that is no
// longer in use says nothing about the one that is, so each sighting has its fingerprint.

import type { ProxyEvent } from '../events.ts'

export interface Sighting {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly fingerprint: string
  readonly result: 'accepted' | 'refused' | 'untold'
  readonly status: number | undefined
}

export interface RouteSightings {
  readonly emit: (event: ProxyEvent) => void
  /** The last check at the start, and the last answer to a client. @param prefix - Of the route. */
  readonly of: (prefix: string) => { readonly check: Sighting | undefined, readonly answer: Sighting | undefined }
}

/** @param now - Milliseconds since 1970. */
export function createRouteSightings (now: () => number): RouteSightings {
  const checks = new Map<string, Sighting>()
  const answers = new Map<string, Sighting>()

  return {
    emit (event) {
      if (event.event === 'route.checked') {
        const { route, fingerprint, result, status } = event
        checks.set(route, { at: now(), fingerprint, result, status })
      } else if (event.event === 'request.completed' && event.source === 'upstream' && event.route !== undefined && event.fingerprint !== undefined) {
        const { route, fingerprint, status, page } = event
        answers.set(route, { at: now(), fingerprint, result: page === true ? 'untold' : resultOf(status), status }) // a web page is not LangSmith's API
      }
    },
    of: (prefix) => ({ check: checks.get(prefix), answer: answers.get(prefix) })
  }
}

/** What is not about the key (404, 422, 429) says that it was accepted; a defect of LangSmith's says nothing. */
function resultOf (status: number): Sighting['result'] {
  if (status === 401 || status === 403) return 'refused'
  return status >= 500 ? 'untold' : 'accepted'
}
