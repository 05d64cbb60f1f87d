// Cuts credentials out of a query. Everything else in it stays byte for byte.

import { canonicalName } from './header-names.ts'

const CREDENTIAL_NAMES: ReadonlySet<string> = new Set(['api-key', 'apikey', 'x-api-key'])

export interface CutQuery {
  /** With its question mark; empty where nothing is left. */
  readonly query: string
  /** Names of the pairs that were cut out, each once. */
  readonly removed: readonly string[]
  readonly removedValues: readonly string[]
}

const NOTHING: readonly string[] = []

/** @param query - With its question mark, or empty. */
export function cutQuery (query: string): CutQuery {
  if (query === '' || !/key|%/i.test(query)) return { query, removed: NOTHING, removedValues: NOTHING }
  const kept: string[] = []
  const removed = new Set<string>()
  const removedValues: string[] = []
  for (const pair of query.slice(1).split('&')) {
    const equals = pair.indexOf('=')
    const name = canonicalName(decoded(equals === -1 ? pair : pair.slice(0, equals)))
    if (CREDENTIAL_NAMES.has(name)) {
      removed.add(name)
      if (equals !== -1) removedValues.push(...formsOf(pair.slice(equals + 1)))
    } else {
      kept.push(pair)
    }
  }
  if (removed.size === 0) return { query, removed: NOTHING, removedValues: NOTHING }
  return { query: kept.length === 0 ? '' : `?${kept.join('&')}`, removed: [...removed], removedValues }
}

/** The values of a query, for masking: as they are meant, and as they were sent where that differs. */
export function queryValues (query: string): readonly string[] {
  if (query === '') return NOTHING
  return query.slice(1).split('&').flatMap((pair) => formsOf(pair.slice(pair.indexOf('=') + 1)))
}

function formsOf (value: string): readonly string[] {
  const meant = decoded(value)
  return meant === value ? [value] : [meant, value]
}

function decoded (text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text // not UTF-8: then it is no name that we look for
  }
}
