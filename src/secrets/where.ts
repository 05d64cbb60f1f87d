// How messages name a secret: by credential, reference and the line it was set on, never by value.

import type { SecretReference } from '../config/config.ts'

/** `env:NAME, set at config.yaml:12 credentials.us.apiKey`; without the second half where it would only repeat the name. */
export function whereSet (reference: SecretReference): string {
  return reference.setAt.startsWith(reference.rest) ? reference.text : `${reference.text}, set at ${reference.setAt}`
}

/** `route /`, or `routes /, /eu`. */
export function routesInWords (prefixes: readonly string[]): string {
  return `${prefixes.length === 1 ? 'route' : 'routes'} ${prefixes.join(', ')}`
}
