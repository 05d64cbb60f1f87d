// Finds every secret once, at start: what is missing or unusable stops the start, all of it at once,
// and what is odd becomes a notice.

import type { CredentialConfig, Notice, SecretReference } from '../config/config.ts'
import { ProxyError } from '../errors.ts'
import type { Credential, KeyShape } from './credential.ts'
import { inspectId } from './id.ts'
import { KEY_ADVICE } from './key-advice.ts'
import { whyUnusable } from './key-limits.ts'
import { inspectKey, tidy } from './key-shape.ts'
import { missingKey } from './missing.ts'
import { createSources, type SourceFor, type SourceOptions } from './schemes.ts'
import { Secret } from './secret.ts'
import type { SecretSource } from './source.ts'
import { routesInWords, whereSet } from './where.ts'

export interface ResolveOptions extends SourceOptions {
  /** Prefixes of the routes that use a credential; one without any is not resolved. */
  readonly routesOf: (credentialName: string) => readonly string[]
  /** Whether a credential goes to loopback upstreams only; allows keys under 20 characters. */
  readonly loopbackOnly: (credentialName: string) => boolean
}

export interface Resolved {
  readonly credentials: ReadonlyMap<string, Credential>
  readonly notices: readonly Notice[]
}

/**
 * Reads the keys and IDs of all credentials that a route uses.
 *
 * @throws ProxyError `secret-missing`, `secret-unusable`, `secret-exposed`, `secret-unreadable` or `not-available`.
 * Its message has one line for each credential that cannot be used; the code is that of the first.
 */
export async function resolveCredentials (configs: readonly CredentialConfig[], options: ResolveOptions): Promise<Resolved> {
  const sourceFor = createSources(options)
  // IDs are no secrets: a file that holds one may be readable for all.
  const idSourceFor = createSources({ ...options, allowLooseFileModes: true })
  const taken = variablesOf(configs)
  const used = configs.filter(({ name }) => options.routesOf(name).length > 0)
  const results = await Promise.allSettled(used.map((config) => resolveOne(config, sourceFor, idSourceFor, taken, options)))

  const credentials = new Map<string, Credential>()
  const notices: Notice[] = []
  const failures: unknown[] = []
  for (const result of results) {
    if (result.status === 'rejected') {
      failures.push(result.reason)
      continue
    }
    credentials.set(result.value.credential.name, result.value.credential)
    notices.push(...result.value.notices)
  }
  if (failures.length > 0) throw asOne(failures)
  return { credentials, notices }
}

async function resolveOne (
  config: CredentialConfig, sourceFor: SourceFor, idSourceFor: SourceFor, taken: ReadonlySet<string>, options: ResolveOptions
): Promise<{ credential: Credential, notices: readonly Notice[] }> {
  const { name, apiKey } = config
  const routes = options.routesOf(name)
  const owner = `of credential "${name}"`
  const source = sourceFor(apiKey)
  const found = await readFor(source, apiKey, `the key ${owner} of ${routesInWords(routes)}`)
  const key = tidy(found ?? '')
  if (key === '') throw missingKey(config, found, source, routes, taken)

  const shape = inspectKey(key)
  const unusable = whyUnusable(key, shape, options.loopbackOnly(name))
  if (unusable !== undefined) {
    throw new ProxyError('secret-unusable', `the key ${owner} of ${routesInWords(routes)} (${whereSet(apiKey)}) ${unusable}`,
      { hint: hintFor(shape) })
  }
  const workspace = await workspaceOf(config, idSourceFor)
  const organization = config.organizationId === undefined
    ? undefined
    : inspectId('organizationId', `${owner} (credentials.${name}.organizationId)`, config.organizationId)
  const credential = {
    name, apiKey: new Secret(key), shape, secretRef: apiKey.text, workspaceId: workspace?.id, organizationId: organization?.id
  }
  return { credential, notices: [...keyNotices(config, shape), ...(workspace?.notices ?? []), ...(organization?.notices ?? [])] }
}

function variablesOf (configs: readonly CredentialConfig[]): ReadonlySet<string> {
  const references = configs.flatMap(({ apiKey, workspaceId }) => [apiKey, workspaceId])
  return new Set(references.flatMap((reference) => typeof reference === 'object' && reference.scheme === 'env' ? [reference.rest] : []))
}

async function workspaceOf ({ name, workspaceId }: CredentialConfig, sourceFor: SourceFor): Promise<ReturnType<typeof inspectId> | undefined> {
  if (workspaceId === undefined) return undefined
  if (typeof workspaceId === 'string') return inspectId('workspaceId', `of credential "${name}" (credentials.${name}.workspaceId)`, workspaceId)
  const found = await readFor(sourceFor(workspaceId), workspaceId, `the workspace ID of credential "${name}"`)
  return inspectId('workspaceId', `of credential "${name}" (${whereSet(workspaceId)})`, found)
}

/** The defects that explain why a key is unusable have an exact fix; else the usual hint stands. */
function hintFor ({ defects }: KeyShape): string | undefined {
  const telling = (['control-character', 'placeholder'] as const).find((defect) => defects.includes(defect))
  return telling === undefined ? undefined : KEY_ADVICE[telling].fix
}

/** A source knows the reference only; the person who reads the error wants to know what it was for. */
async function readFor (source: SecretSource, reference: SecretReference, what: string): Promise<string | undefined> {
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

/** One error for all of them, so that nobody mends one secret only to hear of the next. */
function asOne (failures: readonly unknown[]): unknown {
  const [first] = failures
  const defect = failures.find((failure) => !(failure instanceof ProxyError))
  if (defect !== undefined || failures.length === 1 || !(first instanceof ProxyError)) return defect ?? first
  const errors = failures.filter((failure) => failure instanceof ProxyError)
  return new ProxyError(first.code, errors.map(({ message }) => message).join('\n'), {
    hint: [...new Set(errors.map(({ hint }) => hint))].join('\n'), cause: first
  })
}
