// What the codes of the system for "no connection" mean, for messages about LangSmith, Vault and proxies on the way.

const IN_WORDS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'its name has no address',
  EAI_AGAIN: 'its name could not be looked up',
  ECONNREFUSED: 'nothing listens there',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no way to it'
}

/** Follows the name of what was not reached: `could not be reached: nothing listens there (ECONNREFUSED)`. */
export function notReached (reason: string): string {
  const words = IN_WORDS[reason]
  return words === undefined ? `could not be reached (${reason})` : `could not be reached: ${words} (${reason})`
}
