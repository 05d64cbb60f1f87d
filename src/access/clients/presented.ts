// What a request shows to say who sends it: X-API-Key, Authorization: Bearer, and Basic, which is what `curl -u` and
// browsers send. The Python SDK sends its key twice, on two lines or joined by a comma: the same value counts once.

import { CLIENT_KEY_PREFIX } from './client-key.ts'

export interface Presented {
  /** Private: it may be a key of anybody. */
  readonly text: string
  /** What came before the colon of Basic; undefined elsewhere, and where nothing did. */
  readonly user: string | undefined
}

const LANGSMITH_KEY = /^(?:lsv2_|ls__)/i
/** What programs send that were told no key: the JS SDK joins strings. */
const NOTHING: ReadonlySet<string> = new Set(['', 'undefined', 'null'])

/** @param rawHeaders - Flat list of names and values, as node:http has it. @returns Each value once. */
export function presentedIn (rawHeaders: readonly string[]): readonly Presented[] {
  const found: Presented[] = []
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const value = rawHeaders[i + 1] ?? ''
    switch (rawHeaders[i]?.toLowerCase()) {
      case 'x-api-key':
        found.push(...textsOf(value))
        break
      case 'authorization':
        found.push(...inAuthorization(value.trim()))
        break
      default: // says nothing of who sends it
    }
  }
  return found.filter(({ text, user }, at) => found.findIndex((other) => other.text === text && other.user === user) === at)
}

/** Whether it can only be meant for this proxy. */
export function isClientKey ({ text }: Presented): boolean {
  return text.startsWith(CLIENT_KEY_PREFIX)
}

export function isLangSmithKey ({ text }: Presented): boolean {
  return LANGSMITH_KEY.test(text)
}

function textsOf (value: string): readonly Presented[] {
  return value.split(',').map((text) => text.trim()).filter((text) => !NOTHING.has(text)).map((text) => ({ text, user: undefined }))
}

function inAuthorization (value: string): readonly Presented[] {
  const [, scheme = '', rest = ''] = /^(bearer|basic)\s+(.*)$/i.exec(value) ?? []
  switch (scheme.toLowerCase()) {
    case 'bearer': return textsOf(rest.replace(/,\s*bearer\s+/gi, ','))
    case 'basic': return inBasic(Buffer.from(rest, 'base64').toString())
    default: { // another scheme is not for us, unless somebody forgot to write Bearer
      const word = { text: value.split(/\s+/).at(-1) ?? '', user: undefined }
      return isClientKey(word) || isLangSmithKey(word) ? [word] : []
    }
  }
}

// Many programs add what ~/.netrc has for this host, so a password that is no client key is no concern of ours.
function inBasic (pair: string): readonly Presented[] {
  const colon = pair.indexOf(':')
  const [user, password] = colon === -1 ? [pair, ''] : [pair.slice(0, colon), pair.slice(colon + 1)]
  const key = { text: password, user: user === '' ? undefined : user }
  if (isClientKey(key)) return [key]
  const alone = { text: user, user: undefined }
  return password === '' && isClientKey(alone) ? [alone] : []
}
