// From the settings of a credential to the one object that secrets/ resolves.

import { withoutBrackets } from './addresses.ts'
import type { CredentialConfig, SecretReference } from './config.ts'
import type { Mistakes, Parsed } from './mistakes.ts'
import { isReference, parseReference, type ReferenceOrigin } from './reference.ts'
import type { Path } from './schema-node.ts'
import type { CredentialSettings } from './schema.ts'
import type { Entry } from './validate.ts'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

export interface CredentialContext {
  readonly place: (path: Path) => string
  /** Like `place`, for what a later message says about a value that is missing. */
  readonly setAt: (path: Path) => string
  /** Makes the path of a `file:` reference absolute. */
  readonly resolve: (path: string) => string
}

/** The credentials whose references can be followed; the others are mistakes by now. */
export function buildCredentials (entries: readonly Entry<CredentialSettings>[], context: CredentialContext, mistakes: Mistakes): readonly CredentialConfig[] {
  return entries.flatMap(({ path, value }) => {
    const originOf = (name: string): ReferenceOrigin => ({ setAt: context.setAt([...path, name]), resolve: context.resolve })
    const placeOf = (name: string) => context.place([...path, name])
    const apiKey = mistakes.take(placeOf('apiKey'), parseReference(value.apiKey, originOf('apiKey')))
    const workspaceId = value.workspaceId === undefined
      ? undefined
      : mistakes.take(placeOf('workspaceId'), parseWorkspace(value.workspaceId, originOf('workspaceId')))
    if (apiKey === undefined) return []
    return [{
      name: path.at(-1) ?? '',
      apiKey,
      workspaceId,
      organizationId: value.organizationId,
      hosts: value.hosts.map((host) => withoutBrackets(host).toLowerCase())
    }]
  })
}

// Anything but a UUID makes LangSmith answer 401 as if the key were wrong.
function parseWorkspace (text: string, origin: ReferenceOrigin): Parsed<string | SecretReference> {
  if (isReference(text)) return parseReference(text, origin)
  return UUID.test(text) ? { value: text } : { mistake: 'must be a UUID, as LangSmith shows it for the workspace, or a reference such as env:LANGSMITH_WORKSPACE_ID' }
}
