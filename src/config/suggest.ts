// "Did you mean": the nearest right name for a wrong one.

import { closest, distance } from 'fastest-levenshtein'

// LangSmith's keys (a legacy one starts with ls__), and anything so long that it may be one.
const MAY_BE_SECRET = /^(lsv2|ls_|lsp)_|.{41}/i
const NOT_SHOWN = '(name not shown)'

/** The known name that somebody most likely meant; undefined when none is near. */
export function nearest (name: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined
  const wanted = fold(name)
  const byFolded = new Map(known.map((candidate) => [fold(candidate), candidate]))
  const best = closest(wanted, [...byFolded.keys()])
  return distance(wanted, best) <= Math.floor(Math.max(best.length, wanted.length) / 2) ? byFolded.get(best) : undefined
}

/** The end of a message: `; did you mean eu?`, or nothing. */
export function suggestion (name: string, known: readonly string[]): string {
  const best = nearest(name, known)
  return best === undefined ? '' : `; did you mean ${best}?`
}

/** A name that somebody chose, for a message: a key that stands where a name belongs is not shown. */
export function showName (name: string): string {
  return MAY_BE_SECRET.test(name) || !/^[\w.-]+$/.test(name) ? NOT_SHOWN : name
}

/** A path that somebody gave, for a message: not shown if one of its parts may be a key. */
export function showFile (path: string): string {
  return path.split('/').every((part) => part === '' || part === '~' || showName(part) === part) ? path : NOT_SHOWN
}

// api_key, api-key and APIKEY are all apiKey to the person who wrote them.
function fold (name: string): string {
  return name.toLowerCase().replaceAll(/[_-]/g, '')
}
