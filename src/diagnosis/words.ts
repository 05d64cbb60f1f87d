// Phrases that several rules use. Everything in them comes from the config, never from the answer.

import type { Evidence } from './diagnosis.ts'
import { confidenceOf } from './weights.ts'
import { isLoopback, withoutBrackets } from '../config/addresses.ts'

/** Source: docs.langchain.com/langsmith/billing. */
export const BILLING = 'LangSmith → Settings → Billing and Usage'

/** `the key of credential "eu" (env:LANGSMITH_API_KEY_EU)`. */
export function theKey ({ route }: { readonly route: Pick<Evidence['route'], 'credential' | 'secretRef'> }): string {
  return `the key of credential "${route.credential}" (${route.secretRef})`
}

/** How a new key gets to where the old one is. @param secretRef - For example `store:eu`. */
export function whereToKeep (secretRef: string): string {
  const [, scheme, rest = ''] = /^([a-z]+):(.*)$/s.exec(secretRef) ?? []
  switch (scheme) {
    case 'store': return `store it with "langsmith-proxy secrets set ${rest}"`
    case 'exec': return `put it where the program ${rest.replace(/ …$/, '')} finds it`
    case 'vault': return `put it into Vault at ${rest}`
    default: return `store it as ${secretRef}`
  }
}

/** With the capital letter that starts a sentence. */
export function sentence (text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** A sentence that says how sure it is. @param text - Starts in lower case. */
export function atWeight (weight: number, text: string): string {
  const words = { certain: sentence(text), likely: `Probably ${text}`, possible: `Possibly ${text}` }
  return words[confidenceOf(weight)]
}

/** `route /eu`. */
export function theRoute ({ route }: Evidence): string {
  return `route ${route.prefix}`
}

/** `workspaceId of credential "eu"`, with the variable that stands for it where no config file is used. */
export function workspaceSetting ({ route }: Evidence): string {
  return `workspaceId of credential "${route.credential}" (without a config file: LANGSMITH_WORKSPACE_ID)`
}

/** `region of route /eu`, with the variable that stands for it where no config file is used. Neither goes with an address beside it. */
export function regionSetting ({ route }: Evidence): string {
  return `region of route ${route.prefix} in place of an upstream (without a config file: LANGSMITH_REGION, and unset LANGSMITH_ENDPOINT)`
}

/** The pages where keys of this upstream are made. */
export function itsPages ({ route: { upstreamHost } }: Evidence): string {
  const hostname = withoutBrackets(upstreamHost.replace(/:\d+$/, ''))
  return isLoopback(hostname) ? `the web pages of the LangSmith that ${upstreamHost} leads to` : `the web pages of ${upstreamHost}`
}

/** `upstream of route /eu`, with the variable that stands for it where no config file is used. */
export function upstreamSetting ({ route }: Evidence): string {
  return `upstream of route ${route.prefix} (without a config file: LANGSMITH_ENDPOINT)`
}
