// The form of the clients file. It holds no key, only hashes: a key has 256 random bits, which nobody finds by trying,
// so a slow hash would protect nothing more and cost every request its time.

import { Type, type Static } from 'typebox'
import { formChecker } from '../../config/validate.ts'

const TIME = { pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,3})?Z$', expects: 'a time in UTC such as 2026-01-31T12:00:00Z' }

const KeyForm = Type.Object({
  sha256: Type.String({ pattern: '^[0-9a-f]{64}$', expects: 'a SHA-256 hash as 64 hex digits, in quotes' }),
  until: Type.Optional(Type.String(TIME))
}, { additionalProperties: false, expects: 'a group such as { sha256: … }' })

const ClientForm = Type.Object({
  role: Type.String({ minLength: 1, expects: 'the name of a role' }),
  routes: Type.Optional(Type.Array(Type.String({ pattern: '^/', expects: 'the prefix of a route, such as / or /eu' }), { minItems: 1, expects: 'a list of prefixes such as [/, /eu]' })),
  created: Type.String(TIME),
  expires: Type.Optional(Type.String(TIME)),
  keys: Type.Array(KeyForm, { minItems: 1, maxItems: 2, expects: 'a list of one key, or two' })
}, { additionalProperties: false, expects: 'a group with role, created and keys' })

const ClientsForm = Type.Object({
  clients: Type.Record(Type.String(), ClientForm, { expects: 'a group of clients by name; {} for none' })
}, { additionalProperties: false })

/** The clients file as it is written. */
export type WrittenClients = Static<typeof ClientsForm>

let check: ReturnType<typeof formChecker<typeof ClientsForm>> | undefined

/** @returns Undefined after mistakes. */
export function checkClientsForm (...args: Parameters<NonNullable<typeof check>>): WrittenClients | undefined {
  check ??= formChecker(ClientsForm) // compiled only where there is such a file
  return check(...args)
}
