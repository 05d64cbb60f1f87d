// Who am I, and what is this host: /info and its kin (public), workspaces, organisation, settings.
// docs/langsmith-api.md, sections 5.1 and 6. Field names that the section does not list are UNCONFIRMED.

import type { FastifyInstance } from 'fastify'
import { withKey, inWorkspace, type Call } from '../endpoint.ts'
import type { Fields } from '../json.ts'
import type { RegionContext } from '../region-context.ts'
import type { Workspace } from '../world.ts'

/** The version must look like one: SDKs compare it with the oldest that they support, 0.16.14 at the most. */
const VERSION = '0.16.99'

/** The body of GET /info (section 5.1). Python and Go send zstd, JS gzip, because of the flags. */
export const SERVER_INFO = {
  version: VERSION,
  git_sha: null,
  license_expiration_time: null,
  customer_info: null,
  batch_ingest_config: {
    use_multipart_endpoint: true,
    scale_up_qsize_trigger: 1000,
    scale_up_nthreads_limit: 16,
    scale_down_nempty_trigger: 4,
    size_limit: 100,
    size_limit_bytes: 20_971_520
  },
  instance_flags: {
    zstd_compression_enabled: true,
    gzip_body_enabled: true,
    dataset_examples_multipart_enabled: false, // not played by this sandbox
    examples_multipart_enabled: false
  }
}

/** Adds the endpoints. */
export function identityRoutes (app: FastifyInstance, context: RegionContext): void {
  const { world } = context

  app.get('/info', () => SERVER_INFO)
  app.get('/info/health', () => ({ status: 'ok' }))
  app.get('/ok', () => ({ ok: true }))

  app.get('/workspaces', withKey(context, { dialect: 'python' }, (call) =>
    world.workspaces.filter(({ id }) => call.key.workspaces.includes(id)).map((workspace) => viewWorkspace(workspace, call))))

  app.get('/auth/public', inWorkspace(context, { dialect: 'python' }, ({ workspace, organisation }) => ({
    tenant_id: workspace.id,
    tenant_handle: workspace.handle,
    organization_id: organisation.id
  })))

  app.get('/settings', inWorkspace(context, { dialect: 'python' }, ({ workspace }) => ({
    id: workspace.id,
    display_name: workspace.name,
    tenant_handle: workspace.handle,
    created_at: CREATED_AT
  })))

  const organisation = withKey(context, { dialect: 'python' }, viewOrganisation)
  app.get('/orgs/current', organisation)
  app.get('/orgs/current/info', organisation)

  app.get('/workspaces/current/usage_limits', inWorkspace(context, { dialect: 'python' }, () => ({
    in_reject_set: false,
    usage_limit_type: null
  })))

  app.get('/api-key', inWorkspace(context, { dialect: 'python', permission: 'workspaces:manage' }, ({ workspace }) =>
    world.keys.filter(({ workspaces, kind, revoked }) => !revoked && kind !== 'personal' && workspaces.includes(workspace.id)).map((key) => ({
      short_key: `${key.value.slice(0, 12)}...${key.value.slice(-4)}`,
      description: key.name,
      expires_at: key.expiresAt?.toISOString() ?? null,
      last_used_at: null
    }))))
}

const CREATED_AT = '2024-01-01T00:00:00Z'

function viewWorkspace (workspace: Workspace, { key }: Call): Fields {
  return {
    id: workspace.id,
    display_name: workspace.name,
    organization_id: workspace.organisation,
    tenant_handle: workspace.handle,
    created_at: CREATED_AT,
    is_personal: false,
    is_deleted: false,
    read_only: key.role === 'viewer',
    role_name: key.role === undefined ? 'Custom' : `${key.role.charAt(0).toUpperCase()}${key.role.slice(1)}`,
    permissions: key.permissions
  }
}

function viewOrganisation ({ organisation, key }: Call): Fields {
  return {
    id: organisation.id,
    display_name: organisation.name,
    tier: organisation.plan === 'none' ? 'no_plan' : organisation.plan,
    disabled: false,
    member_disabled: false,
    sso_only: false,
    ip_allowlist_enabled: organisation.ipAllowlist.length > 0,
    permissions: key.permissions.filter((permission) => permission.startsWith('organization:'))
  }
}
