// Reads one credential from where its parts are kept: what is missing or unusable is an error, what is
// odd a notice.

import type { CredentialConfig, Notice, SecretReference, Upstream } from '../config/config.ts'
import { ProxyError } from '../errors.ts'
import type { Credential, KeyShape } from './credential.ts'
import { inspectId } from './id.ts'
import { KEY_ADVICE } from './key-advice.ts'
import { unusableFix, whyUnusable } from './key-limits.ts'
import { inspectKey, tidy } from './key-shape.ts'
import { isQuickStart, missingDefault, missingKey } from './missing.ts'
import type { SourceFor } from './schemes.ts'
import { Secret } from './secret.ts'
import type { Found, SecretSource } from './source.ts'
import { storedElsewhere } from './stored-place.ts'
import { routesInWords, whereSet } from './where.ts'

export interface ReadContext {
  readonly sourceFor: SourceFor
  /** For IDs, which are no secrets: a file that holds one may be readable for all. */
  readonly idSourceFor: SourceFor
  /** Variables that the config refers to. */
  readonly taken: ReadonlySet<string>
  /** Prefixes of the routes that use a credential. */
  readonly routesOf: (credentialName: string) => readonly string[]
  /** Where the routes of a credential go. */
  readonly upstreamsOf: (credentialName: string) => readonly Upstream[]
  /** Whether a credential goes to loopback upstreams only; allows keys under 20 characters. */
  readonly loopbackOnly: (credentialName: string) => boolean
  /** Told of every secret before anything else is done with it, so that it can be masked. */
  readonly onSecret: (secret: Secret, credentialName: string) => void
  /** Milliseconds since 1970. */
  readonly now: () => number
}

export interface ReadResult {
  readonly credential: Credential
  readonly notices: readonly Notice[]
}

/** @throws ProxyError `secret-missing`, `secret-unusable`, `secret-exposed`, `secret-unreadable` or `not-available`. */
export async function readCredential (config: CredentialConfig, context: ReadContext): Promise<ReadResult> {
  const { name, apiKey } = config
  const routes = context.routesOf(name)
  const owner = `of credential "${name}"`
  const source = context.sourceFor(apiKey)
  const found = await readFor(source, apiKey, `the key ${owner} of ${routesInWords(routes)}`)
  const key = tidy(found?.text ?? '')
  if (key === '') {
    throw isQuickStart(apiKey) ? await missingDefault(config, context.sourceFor, routes) : missingKey(config, found?.text, source, routes, context.taken)
  }
  const secret = new Secret(key)
  context.onSecret(secret, name)

  const shape = inspectKey(key)
  const upstreams = context.upstreamsOf(name)
  const targets = { loopbackOnly: context.loopbackOnly(name), langsmith: upstreams.some(({ region }) => region !== undefined) }
  const unusable = whyUnusable(key, shape, targets)
  if (unusable !== undefined) {
    throw new ProxyError('secret-unusable', `the key ${owner} of ${routesInWords(routes)} (${whereSet(apiKey)}) ${unusable}`,
      { hint: unusableFix(key, shape, targets) })
  }
  const elsewhere = found?.storedFor === undefined ? [] : storedElsewhere(config, found.storedFor, upstreams)
  const workspace = await workspaceOf(config, context.idSourceFor)
  const organization = config.organizationId === undefined
    ? undefined
    : inspectId('organizationId', `${owner} (credentials.${name}.organizationId)`, config.organizationId)
  const credential = {
    name, apiKey: secret, shape, secretRef: apiKey.text, workspaceId: workspace?.id, organizationId: organization?.id,
    since: context.now(), expiresAt: found?.expiresAt
  }
  return { credential, notices: [...keyNotices(config, shape), ...elsewhere, ...(workspace?.notices ?? []), ...(organization?.notices ?? [])] }
}

async function workspaceOf ({ name, workspaceId }: CredentialConfig, sourceFor: SourceFor): Promise<ReturnType<typeof inspectId> | undefined> {
  if (workspaceId === undefined) return undefined
  if (typeof workspaceId === 'string') return inspectId('workspaceId', `of credential "${name}" (credentials.${name}.workspaceId)`, workspaceId)
  const found = await readFor(sourceFor(workspaceId), workspaceId, `the workspace ID of credential "${name}"`)
  return inspectId('workspaceId', `of credential "${name}" (${whereSet(workspaceId)})`, found?.text)
}

/** A source knows the reference only; the person who reads the error wants to know what it was for. */
async function readFor (source: SecretSource, reference: SecretReference, what: string): Promise<Found | undefined> {
  try {
    return await source.read(reference)
  } catch (error) {
    if (!(error instanceof ProxyError)) throw error
    throw new ProxyError(error.code, `${what}: ${error.message}`, { hint: error.hint, cause: error })
  }
}

function keyNotices ({ name, apiKey }: CredentialConfig, shape: KeyShape): readonly Notice[] {
  return shape.defects.map((defect) => {
    const { says, fix } = KEY_ADVICE[defect]
    return { code: `key-${defect}`, message: `the key of credential "${name}" (${whereSet(apiKey)}) ${says}`, hint: fix }
  })
}
