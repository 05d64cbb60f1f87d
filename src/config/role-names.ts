// The roles that the proxy has of itself; what they allow is in access/roles/built-in.ts. Here because names in the
// config must not hide them.

export const ROLE_NAMES = ['full', 'no-delete', 'read-only', 'ingest-only', 'admin'] as const

export type BuiltInRoleName = typeof ROLE_NAMES[number]
