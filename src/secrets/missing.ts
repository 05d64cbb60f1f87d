// The error for a key that is not there: what, for which routes, where it was looked for, and what
// may have been meant.

import type { CredentialConfig, SecretReference } from '../config/config.ts'
import { APP_KEY, STORED_DEFAULT } from '../config/quick-start.ts'
import { ProxyError } from '../errors.ts'
import { NEW_KEY } from './key-advice.ts'
import type { SourceFor } from './schemes.ts'
import type { SecretSource } from './source.ts'
import { routesInWords, whereSet } from './where.ts'

/**
 * @param found - What the source gave: undefined for nothing, else blank text.
 * @param routes - Prefixes of the routes that need the credential.
 * @param taken - Variables that the config refers to: what they hold belongs somewhere else.
 */
export function missingKey (
  { name, apiKey }: Pick<CredentialConfig, 'name' | 'apiKey'>, found: string | undefined, source: SecretSource, routes: readonly string[], taken: ReadonlySet<string>
): ProxyError {
  const place = source.place(apiKey)
  const near = source.nearNames(apiKey).filter((variable) => !taken.has(variable))
  const message = `credential "${name}" of ${routesInWords(routes)} has no API key: ${place} ${found === undefined ? source.absent ?? 'is not there' : 'is empty'}`
    + ` (looked for as ${whereSet(apiKey)})${near.length === 0 ? '' : `; there is ${near.join(', ')}`}`
  const hint = near[0] === undefined
    ? `${source.fill?.(apiKey) ?? `put the key into ${place}`}; if you have none, ${NEW_KEY}`
    : `if ${near[0]} holds the key, rename it to ${apiKey.rest}, or refer to it as env:${near[0]} in the config file`
  return new ProxyError('secret-missing', message, { hint })
}

const VARIABLE = 'LANGSMITH_API_KEY'

/** Whether somebody started without config file and without the variable: then the key that `init` stored was looked for. */
export function isQuickStart ({ scheme, setAt }: SecretReference): boolean {
  return scheme === 'store' && setAt.startsWith(STORED_DEFAULT)
}

/** The error of that start when `init` has stored nothing. */
export async function missingDefault ({ name, apiKey }: CredentialConfig, sourceFor: SourceFor, routes: readonly string[]): Promise<ProxyError> {
  const variable = { scheme: 'env', rest: VARIABLE, text: `env:${VARIABLE}`, setAt: apiKey.setAt }
  const source = sourceFor(variable)
  const [near] = source.nearNames(variable)
  const isForApps = (await source.read(variable))?.text.trim() === APP_KEY
  const state = isForApps ? `is ${APP_KEY}, the word for apps and not a key` : 'is not set'
  const message = `credential "${name}" of ${routesInWords(routes)} has no API key: environment variable ${VARIABLE} ${state}, and "langsmith-proxy init" has stored none`
    + (near === undefined ? '' : `; there is ${near}`)
  const set = isForApps ? `set ${VARIABLE} to your key in the shell of the proxy (${APP_KEY} is for that of your app)` : `set ${VARIABLE}`
  const hint = near === undefined
    ? `run langsmith-proxy init, or ${set}; if you have no key, ${NEW_KEY}`
    : `if ${near} holds the key, rename it to ${VARIABLE}`
  return new ProxyError('secret-missing', message, { hint })
}
