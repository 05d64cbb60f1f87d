// From a readable YAML file to a world. Ajv checks the shape; what Ajv cannot see (names that point
// nowhere, two keys with one value) is checked here. All problems come at once.

import { Ajv } from 'ajv'
import { Type, type Static } from 'typebox'
import { parse } from 'yaml'
import { isAddressBlock } from './allow-list.ts'
import { PERMISSIONS, ROLES, permissionsOf } from './permissions.ts'
import { KEY_KINDS, PLANS, SANDBOX_REGIONS, WorldInvalid, type Key, type Organisation, type Workspace, type World } from './world.ts'

const Name = Type.String({ minLength: 1 })
const Uuid = Type.String({ pattern: '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$' })
const closed = { additionalProperties: false }

const OrganisationSchema = Type.Object({
  id: Uuid,
  name: Name,
  region: Type.Enum(SANDBOX_REGIONS),
  plan: Type.Optional(Type.Enum(PLANS)),
  ipAllowlist: Type.Optional(Type.Array(Name))
}, closed)

const WorkspaceSchema = Type.Object({ id: Uuid, name: Name, handle: Name, organisation: Name }, closed)

const KeySchema = Type.Object({
  name: Name,
  // What an HTTP header can carry; the grammar of real keys is not a contract (section 3.1).
  value: Type.String({ pattern: '^[!-~]+$' }),
  about: Type.Optional(Type.String()),
  kind: Type.Enum(KEY_KINDS),
  organisation: Name,
  workspaces: Type.Optional(Type.Array(Name)),
  defaultWorkspace: Type.Optional(Name),
  role: Type.Optional(Type.Enum(ROLES)),
  permissions: Type.Optional(Type.Array(Type.Enum(PERMISSIONS))),
  expiresAt: Type.Optional(Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\d(T[0-9:.]+(Z|[+-]\\d\\d:\\d\\d))?$' })),
  revoked: Type.Optional(Type.Boolean())
}, closed)

const WorldSchema = Type.Object({
  organisations: Type.Array(OrganisationSchema),
  workspaces: Type.Array(WorkspaceSchema),
  keys: Type.Array(KeySchema)
}, closed)

type KeyEntry = Static<typeof KeySchema>

const hasShape = new Ajv({ allErrors: true, strict: true }).compile<Static<typeof WorldSchema>>(WorldSchema)

/**
 * Reads a world from YAML (or JSON, which is YAML). The default world shows every field.
 *
 * @param text - The contents of the file, not its name.
 * @returns The world with names resolved to IDs and roles to permissions.
 * @throws WorldInvalid that lists every problem.
 */
export function parseWorld (text: string): World {
  return readWorld(parseYaml(text))
}

/**
 * The same for a document that is parsed already.
 *
 * @param document - What the YAML holds: `organisations`, `workspaces`, `keys`.
 * @returns The resolved world.
 * @throws WorldInvalid that lists every problem.
 */
export function readWorld (document: unknown): World {
  if (!hasShape(document)) throw new WorldInvalid(shapeProblems())

  const problems: string[] = []
  const organisations = document.organisations.map((entry): Organisation => ({ plan: 'plus', ipAllowlist: [], ...entry }))
  for (const { name, ipAllowlist } of organisations) {
    if (!ipAllowlist.every(isAddressBlock)) problems.push(`organisation ${name} allows something that is no address or CIDR block`)
  }
  const workspaces = document.workspaces.flatMap((entry): Workspace[] => {
    const home = organisations.find((organisation) => organisation.name === entry.organisation)
    if (home === undefined) problems.push(`workspace ${entry.handle} names an organisation that does not exist`)
    return home === undefined ? [] : [{ ...entry, id: entry.id.toLowerCase(), organisation: home.id, region: home.region }]
  })
  const keys = document.keys.flatMap((entry) => {
    const home = organisations.find((organisation) => organisation.name === entry.organisation)
    if (home === undefined) problems.push(`key ${entry.name} names an organisation that does not exist`)
    return home === undefined ? [] : [resolveKey(entry, home, workspaces, problems)]
  })

  for (const [what, values] of uniqueLists({ organisations, workspaces, keys })) {
    if (new Set(values).size < values.length) problems.push(`two ${what} are the same`)
  }
  if (problems.length > 0) throw new WorldInvalid(problems)
  return { organisations, workspaces, keys }
}

function parseYaml (text: string): unknown {
  try {
    return parse(text)
  } catch (cause) {
    // The library's message quotes the line, which may hold the value of a key.
    throw new WorldInvalid(['the text is not YAML'], { cause })
  }
}

function shapeProblems (): string[] {
  return (hasShape.errors ?? []).map(({ instancePath, message, params }) => {
    const detail: unknown = params.additionalProperty ?? params.allowedValues
    return `${instancePath || '/'} ${message ?? 'is wrong'}${detail === undefined ? '' : ` (${JSON.stringify(detail)})`}`
  })
}

function resolveKey (entry: KeyEntry, home: Organisation, workspaces: readonly Workspace[], problems: string[]): Key {
  const siblings = workspaces.filter((workspace) => workspace.organisation === home.id)
  const idOf = (reference: string): string => {
    const found = siblings.find(({ id, handle }) => id === reference.toLowerCase() || handle === reference)
    if (found === undefined) problems.push(`key ${entry.name} names a workspace that its organisation does not have`)
    return found?.id ?? reference
  }
  const reached = entry.workspaces?.map(idOf) ?? siblings.map(({ id }) => id)
  const preferred = entry.defaultWorkspace === undefined ? undefined : idOf(entry.defaultWorkspace)
  if (preferred !== undefined && !reached.includes(preferred)) problems.push(`key ${entry.name} does not reach its default workspace`)
  if (entry.role !== undefined && entry.permissions !== undefined) problems.push(`key ${entry.name} has both role and permissions`)

  const expiresAt = entry.expiresAt === undefined ? undefined : new Date(entry.expiresAt)
  if (Number.isNaN(expiresAt?.getTime())) problems.push(`key ${entry.name} expires at a time that does not exist`)

  const role = entry.permissions === undefined ? entry.role ?? 'admin' : undefined
  return {
    name: entry.name,
    value: entry.value,
    about: entry.about ?? '',
    kind: entry.kind,
    region: home.region,
    organisation: home.id,
    workspaces: reached,
    // A personal key has one even if none was chosen (section 3.2); an org-scoped key never has.
    defaultWorkspace: entry.kind === 'org-service' ? undefined : preferred ?? onlyOrFirst(entry.kind, reached),
    role,
    permissions: entry.permissions ?? permissionsOf(role ?? 'viewer'),
    expiresAt,
    revoked: entry.revoked ?? false
  }
}

/** A service key for one workspace needs no header; one for several must be told which. */
function onlyOrFirst (kind: Key['kind'], reached: readonly string[]): string | undefined {
  return kind === 'personal' || reached.length === 1 ? reached[0] : undefined
}

function uniqueLists ({ organisations, workspaces, keys }: World): [string, string[]][] {
  return [
    ['names of organisations', organisations.map(({ name }) => name)],
    ['IDs of organisations', organisations.map(({ id }) => id)],
    ['handles of workspaces', workspaces.map(({ handle }) => handle)],
    ['IDs of workspaces', workspaces.map(({ id }) => id)],
    ['names of keys', keys.map(({ name }) => name)],
    ['values of keys', keys.map(({ value }) => value)]
  ]
}
