// Phrases that several rules use. Everything in them comes from the config, never from the answer.

import type { Evidence } from './diagnosis.ts'
import { confidenceOf } from './weights.ts'

/** `the key of credential "eu" (env:LANGSMITH_API_KEY_EU)`. */
export function theKey ({ route }: Evidence): string {
  return `the key of credential "${route.credential}" (${route.secretRef})`
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

/** `region of route /eu`, with the variable that stands for it where no config file is used. */
export function regionSetting ({ route }: Evidence): string {
  return `region of route ${route.prefix} (without a config file: LANGSMITH_REGION)`
}

/** `upstream of route /eu`, with the variable that stands for it where no config file is used. */
export function upstreamSetting ({ route }: Evidence): string {
  return `upstream of route ${route.prefix} (without a config file: LANGSMITH_ENDPOINT)`
}
