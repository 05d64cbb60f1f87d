// What the audit record says of a path: a word, and UUIDs, whatever spelling is used to keep them out of it.

import t from 'tap'
import { subjectOf } from '../../../src/observe/audit/subject.ts'

const RUN = '0190d5a4-7d3c-7c53-8c1e-5f0e1d2c3b4a'
const QUEUE = '1190d5a4-7d3c-7c53-8c1e-5f0e1d2c3b4b'

t.test('a UUID that opens something to whoever has it is left out', async (t) => {
  for (const path of [`/public/${RUN}/run`, `/api/v1/public/${RUN}/run`, `/eu/public/${RUN}`, `/PUBLIC/${RUN}`, `/public//${RUN}`, `/publi%63/${RUN}`, `/feedback/tokens/${RUN}`]) {
    t.strictSame(subjectOf('GET', path, path.startsWith('/eu') ? '/eu' : '/').ids, [], path)
  }
  t.strictSame(subjectOf('GET', `/public/${RUN}/run/${QUEUE}`, '/').ids, [QUEUE], 'but not what comes later')
})

t.test('nothing else of a path gets into the record', async (t) => {
  for (const path of ['/my-secret', '/runs/my-secret', '/my-secret/runs', `/runs/${RUN}x`, `/runs/${RUN.replaceAll('-', '')}`, '/', '/__proto__', '/constructor', '/%ff%fe']) {
    const { about, ids } = subjectOf('GET', path, '/')
    t.ok(about === null || about === 'runs', path)
    t.strictSame(ids, [], path)
  }
  t.equal(subjectOf('GET', `/${`${RUN}/`.repeat(300)}`, '/').ids.length, 4)
})

t.test('action, thing and IDs are known in every form that LangSmith or a lenient server takes', async (t) => {
  const cases: readonly (readonly [method: string, path: string, prefix: string | undefined, action: string, about: string | null, ids: readonly string[]])[] = [
    ['DELETE', `/runs/${RUN}`, '/', 'write', 'runs', [RUN]],
    ['DELETE', `/api/v1/runs/${RUN}`, '/', 'write', 'runs', [RUN]],
    ['DELETE', `/eu/api/v1/runs/${RUN}/`, '/eu', 'write', 'runs', [RUN]],
    ['DELETE', `/team/eu/runs/${RUN}`, '/team/eu', 'write', 'runs', [RUN]],
    ['DELETE', `/runs/${RUN.toUpperCase()}`, '/', 'write', 'runs', [RUN]],
    ['DELETE', `/%72uns/%30${RUN.slice(1)}`, '/', 'write', 'runs', [RUN]],
    ['DELETE', `/runs/%2530${RUN.slice(1)}`, '/', 'write', 'runs', [RUN]],
    ['DELETE', `//runs//${RUN};v=1`, '/', 'write', 'runs', [RUN]],
    ['DELETE', `/api/v1%2fruns%2f${RUN}`, '/', 'write', 'runs', [RUN]],
    ['DELETE', `/annotation-queues/${QUEUE}/runs/${RUN}`, '/', 'write', 'annotation queues', [QUEUE, RUN]],
    ['GET', `/v1/platform/datasets/${RUN}/examples`, '/', 'read', 'datasets', [RUN]],
    ['POST', '/runs/query', '/', 'read', 'runs', []],
    ['POST', '/api/v1/runs/batch', '/', 'write', 'runs', []],
    ['POST', '/v1/traces', '/', 'write', 'runs', []],
    ['POST', '/runs/delete', '/', 'write', 'runs', []],
    ['POST', '/sessions', '/', 'write', 'projects', []],
    ['GET', '/-/metrics', undefined, 'read', null, []],
    ['GET', '/api/v1', '/', 'read', null, []]
  ]
  for (const [method, path, prefix, action, about, ids] of cases) t.strictSame(subjectOf(method, path, prefix), { action, about, ids }, `${method} ${path}`)
})
