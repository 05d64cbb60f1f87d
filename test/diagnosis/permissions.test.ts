import t from 'tap'
import { classOf } from '../../src/diagnosis/path-class.ts'
import { isWrite, permissionFor } from '../../src/diagnosis/permissions.ts'

t.test('each call is matched with the permission that LangSmith documents for it', async (t) => {
  const cases: readonly [method: string, path: string, permission: string | undefined, write: boolean][] = [
    ['POST', '/runs/multipart', 'runs:create', true],
    ['POST', '/api/v1/runs', 'runs:create', true],
    ['PATCH', '/runs/1', 'runs:create', true],
    ['DELETE', '/runs/1', 'runs:delete', true],
    ['POST', '/otel/v1/traces', 'runs:create', true],
    ['POST', '/api/v1/otel/v1/traces', 'runs:create', true],
    ['POST', '/runs/query', 'runs:read', false],
    ['POST', '/api/v2/runs/query', 'runs:read', false],
    ['POST', '/api/v1/runs/stats', 'runs:read', false],
    ['GET', '/v2/runs/1', 'runs:read', false],
    ['POST', '/sessions', 'projects:create', true],
    ['PATCH', '/sessions/1', 'projects:update', true],
    ['GET', '/api/v1/sessions', 'projects:read', false],
    ['HEAD', '/api/v1/sessions', 'projects:read', false],
    ['DELETE', '/datasets/1', 'datasets:delete', true],
    ['POST', '/v1/platform/datasets/1/examples', 'datasets:update', true],
    ['PUT', '/datasets/1/share', 'datasets:share', true],
    ['GET', '/datasets/1/share', 'datasets:read', false],
    ['POST', '/api/v1/runs/rules', undefined, true],
    ['POST', '/api/v1/runs/delete', 'runs:delete', true],
    ['POST', '/examples', 'datasets:update', true],
    ['GET', '/examples', 'datasets:read', false],
    ['POST', '/feedback', 'feedback:create', true],
    ['POST', '/commits/-/name', 'prompts:update', true],
    ['GET', '/commits/-/name', 'prompts:read', false],
    ['POST', '/repos', 'prompts:create', true],
    ['GET', '/api/v1/workspaces', 'workspaces:read', false],
    ['PATCH', '/api/v1/workspaces/1', 'workspaces:manage', true],
    ['GET', '/api/v1/orgs/current', 'organization:read', false],
    ['PATCH', '/api/v1/orgs/current', 'organization:manage', true],
    ['POST', '/api/v1/charts', undefined, true],
    ['PROPFIND', '/sessions', undefined, true],
    ['GET', '/', undefined, false],
    ['GET', '', undefined, false],
    ['GET', '/constructor', undefined, false],
    ['constructor', '/sessions', undefined, true]
  ]
  for (const [method, path, permission, write] of cases) {
    t.equal(permissionFor(method, path), permission, `${method} ${path}`)
    t.equal(isWrite(method, path), write, `${method} ${path} ${write ? 'writes' : 'reads'}`)
  }
})

t.test('each call is of the kind that decides which cause is usual', async (t) => {
  const cases: readonly [method: string, path: string, kind: string][] = [
    ['POST', '/runs/multipart', 'ingest'], ['PATCH', '/api/v1/runs/1', 'ingest'], ['POST', '/runs/rules', 'write'], ['DELETE', '/runs/1', 'write'],
    ['POST', '/runs/query', 'read'], ['POST', '/api/v1/otel/v1/traces', 'otlp'], ['GET', '/commits/-/name', 'hub'], ['GET', '/api/v1/workspaces', 'identity'],
    ['GET', '/v2/deployments', 'deployments'], ['POST', '/threads', 'deployments'], ['GET', '/api-host/deployments', 'deployments'], ['GET', '/sessions', 'read'], ['POST', '/sessions', 'write'], ['GET', '', 'read']
  ]
  for (const [method, path, kind] of cases) t.equal(classOf(method, path), kind, `${method} ${path}`)
})
