// What the built-in roles of LangSmith may do (docs/langsmith-api.md, section 3.3). Roles exist on the
// Enterprise plan only; on other plans everybody is Admin, so a world that needs a viewer just says so.

/** Every permission that this sandbox knows. Source: section 3.3, the table and the enum behind it. */
export const PERMISSIONS = [
  'runs:create', 'runs:read', 'runs:delete',
  'projects:create', 'projects:read', 'projects:update', 'projects:delete',
  'datasets:create', 'datasets:read', 'datasets:update', 'datasets:delete', 'datasets:share',
  'feedback:create', 'feedback:read', 'feedback:update', 'feedback:delete',
  'prompts:create', 'prompts:read', 'prompts:update', 'prompts:delete', 'prompts:share',
  'deployments:create', 'deployments:read', 'deployments:update', 'deployments:delete',
  'workspaces:read', 'workspaces:manage', 'workspaces:manage-members', 'workspaces:manage-secrets',
  'organization:read', 'organization:manage', 'organization:pats:create',
  'gateway:invoke'
] as const

export type Permission = typeof PERMISSIONS[number]

/** Names of the built-in roles. */
export const ROLES = ['admin', 'editor', 'viewer'] as const

export type Role = typeof ROLES[number]

// The section names what an Editor lacks. That it also manages neither workspace nor organisation is
// what the word suggests, and UNCONFIRMED.
const EDITOR_LACKS: ReadonlySet<string> = new Set([
  'projects:create', 'projects:delete', 'runs:delete', 'datasets:delete', 'datasets:share',
  'workspaces:manage', 'workspaces:manage-members', 'workspaces:manage-secrets',
  'organization:manage', 'organization:pats:create'
])

/**
 * The permissions of a built-in role.
 *
 * @param role - One of the three roles.
 * @returns The list as `GET /workspaces` shows it under `permissions`.
 */
export function permissionsOf (role: Role): readonly Permission[] {
  switch (role) {
    case 'admin': return PERMISSIONS
    case 'editor': return PERMISSIONS.filter((permission) => !EDITOR_LACKS.has(permission))
    case 'viewer': return PERMISSIONS.filter((permission) => permission.endsWith(':read'))
  }
}
