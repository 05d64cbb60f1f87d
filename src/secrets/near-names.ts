// Which variables that are set may be the one that was meant: a key is often there under the name
// that another tool uses, or with a typing slip.

import { distance } from 'fastest-levenshtein'

/** Names that people, older SDKs and other tools use for the LangSmith key. Source: langsmith-sdk issues 1412 and 1799, and habit. */
const KEY_NAMES: readonly string[] = [
  'LANGSMITH_API_KEY', 'LANGCHAIN_API_KEY', 'LANGSMITH_KEY', 'LANGCHAIN_KEY', 'LANGSMITH_APIKEY', 'LANGCHAIN_APIKEY',
  'LANGSMITH_API_TOKEN', 'LANGSMITH_TOKEN', 'LANGSMITH_SECRET', 'LANGSMITH_ACCESS_TOKEN', 'LANGSMITH_PAT',
  'LANGSMITH_PROXY_API_KEY', 'LANGSMITH_PROXY_LANGSMITH_API_KEY'
]
const MOST_SLIPS = 2
const MOST_NAMES = 5

/**
 * Names of variables that hold something and resemble the one that was asked for: the usual other
 * names of the key, another case, or at most two typing slips.
 *
 * @param asked - The name that was looked for; never part of the answer.
 * @returns At most 5 names, the nearest first; never a value.
 */
export function nearNames (asked: string, env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const wanted = asked.toUpperCase()
  return Object.keys(env)
    .filter((name) => name !== asked && /^\w{1,64}$/.test(name) && isSet(env[name]))
    .map((name) => ({ name, slips: distance(name.toUpperCase(), wanted) }))
    .filter(({ name, slips }) => slips <= MOST_SLIPS || KEY_NAMES.includes(name.toUpperCase()))
    .sort((a, b) => a.slips - b.slips || (a.name < b.name ? -1 : 1))
    .slice(0, MOST_NAMES)
    .map(({ name }) => name)
}

function isSet (value: string | undefined): boolean {
  return value !== undefined && value.trim() !== ''
}
