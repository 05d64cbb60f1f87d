// What the role "read-only" allows. A GET is known by its family, so that new ways of reading runs or datasets work; a
// family that is not here is denied, and so is a POST that is not known to read. Source: as in built-in.ts.

/** Families of which each GET reads, less those of READ_ONLY_DENIED. */
const FAMILIES = [
  'runs', 'traces', 'threads', 'sessions', 'datasets', 'examples', 'feedback', 'feedback-configs', 'annotation-queues',
  'repos', 'commits', 'hub', 'comments', 'charts', 'org-charts', 'public', 'evaluators', 'issues', 'issues-agent', 'features', 'model-price-map',
  'info', 'ok', 'settings', 'ttl-settings', 'usage-limits', 'bulk-exports', 'audit-logs', 'gateway-policies'
]

/** Of other families, each by its path: beside them are things that only administrators or agents need. */
const SINGLE_READS = [
  '/auth/public', '/me/ls_user_id', '/me/onboarding_state', '/tenants', '/workspaces', '/workspaces/*', '/workspaces/*/stats', '/workspaces/*/usage_limits',
  '/workspaces/*/ttl-settings', '/workspaces/*/tags/**', '/workspaces/*/tag-keys/**', '/workspaces/*/taggings',
  '/orgs', '/orgs/current', '/orgs/current/info', '/orgs/current/roles', '/orgs/permissions', '/orgs/ttl-settings', '/orgs/current/access-policies/**',
  '/orgs/current/billing', '/orgs/current/billing/usage', '/orgs/current/billing/granular-usage/**',
  '/fleet/agents', '/fleet/agents/*', '/fleet/skills/**', '/fleet/threads/*', '/fleet/trigger-templates/**', '/fleet/usage/*',
  '/sandboxes/usage', '/sandboxes/boxes/*/status', '/sandboxes/snapshots/**', '/sandboxes/snapshots-by-name/*'
]

/** Questions that are asked by POST. A UUID is written *-*-*-*-*, because beside it are names that create. */
const QUESTIONS = [
  '/runs/query', '/runs/query/validate', '/runs/stats', '/runs/group', '/runs/group/stats', '/runs/generate-query', '/traces/query', '/threads/query',
  '/datasets/*/runs', '/datasets/*/runs/delta', '/datasets/*/runs/delta/stream', '/datasets/*/group/runs', '/datasets/*/experiments/grouped',
  '/datasets/*/experiment-runs', '/examples/validate', '/examples/validate/bulk', '/sessions/*/dashboard',
  '/charts', '/charts/preview', '/charts/*-*-*-*-*', '/charts/section/*-*-*-*-*',
  '/org-charts', '/org-charts/preview', '/org-charts/*-*-*-*-*', '/org-charts/section/*-*-*-*-*',
  '/public/*/runs/query', '/public/*/examples/runs', '/public/*/datasets/runs/query', '/public/*/datasets/runs/stats',
  '/public/*/datasets/runs/generate-query', '/public/*/datasets/runs/delta', '/public/*/datasets/runs/delta/stream',
  '/workspaces/*/tags/resources', '/fleet/threads/search', '/fleet/threads/count'
]

export const READ_ONLY_ALLOWED: readonly string[] = [
  ...FAMILIES.map((family) => `GET /${family}/**`),
  ...SINGLE_READS.map((path) => `GET ${path}`),
  ...QUESTIONS.map((path) => `POST ${path}`)
]

export const READ_ONLY_DENIED: readonly string[] = [
  'GET /feedback/tokens/**', // the list is of addresses that write without a key; GET of one of them writes
  'GET /runs/rules', 'GET /runs/rules/*' // with the headers of webhooks, where their credentials are
]
