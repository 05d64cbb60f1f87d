import t from 'tap'
import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { json, sandboxFor, send, workspaceOf, type Got, type Sent } from './support.ts'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'

const RUN = 'c0000000-0000-4000-8000-000000000001'
const OTHER = 'c0000000-0000-4000-8000-000000000002'

// One run with inputs of 400 characters, packed by the zstd program (level 19).
const ZSTD_FIXTURE = Buffer.from('KLUv/WQZAkUFALJJHxlwzwMQZk2JMLZ0tLX8+g0ITVMe9vOqhi8jzUEoo4791XyiyE9hp0FzWdtasfWMU1MD7Xy+nr3T07Eb6NgObay55ggDiR7yWd/hN0uCbGjFWL44sbU0MRgFHJrg88WNTCv9HfKlA+10nxf90qf54kwV+D7fb9LcnKiv6ANhDwAyxAEWc3XQ5uJng8yBzRg61iBv4Xnx4xbhV2GjuwyYADuUxhADe3RKs9c=', 'base64')

function part (name: string, value: unknown, headers?: string): Buffer {
  const content = Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value))
  const head = headers ?? `Content-Disposition: form-data; name="${name}"\r\nContent-Type: application/json; length=${content.length}`
  return Buffer.concat([Buffer.from(`--xyz\r\n${head}\r\n\r\n`), content, Buffer.from('\r\n')])
}

function form (...parts: Buffer[]): Buffer {
  return Buffer.concat([...parts, Buffer.from('--xyz--\r\n')])
}

function upload (sandbox: Sandbox, body: Buffer, headers: Record<string, string> = {}): Promise<Got> {
  return send(sandbox, '/runs/multipart', { key: 'good-us', body, headers: { 'content-type': 'multipart/form-data; boundary=xyz', ...headers } })
}

/** Many blocks of one repeated byte each: 128 KiB for 4 bytes. */
function zstdBomb (blocks: number): Buffer {
  const head = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x50])
  const block = (last: boolean): Buffer => {
    const bytes = Buffer.alloc(4)
    bytes.writeUIntLE((131_072 << 3) | (1 << 1) | (last ? 1 : 0), 0, 3)
    return bytes
  }
  return Buffer.concat([head, ...Array.from({ length: blocks }, (_, index) => block(index === blocks - 1))])
}

const POST = part(`post.${RUN}`, { id: RUN, name: 'first', run_type: 'chain', session_name: 'p' })
const TOO_LONG = Buffer.alloc(26_214_401, '1')

const BAD_UPLOADS: { title: string, body: Buffer, headers?: Record<string, string>, status: number, says: string }[] = [
  { title: 'another content type', body: form(POST), headers: { 'content-type': 'application/json' }, status: 422, says: 'not multipart/form-data' },
  { title: 'no boundary', body: form(POST), headers: { 'content-type': 'multipart/form-data' }, status: 422, says: 'boundary' },
  { title: 'a boundary that does not occur', body: form(POST), headers: { 'content-type': 'multipart/form-data; boundary=abc' }, status: 422, says: 'does not occur' },
  { title: 'a body that was cut', body: POST.subarray(0, -10), status: 422, says: 'ends before its last boundary' },
  { title: 'a part without end of headers', body: form(Buffer.from('--xyz\r\nno: end\r\n')), status: 422, says: 'no end of headers' },
  { title: 'a part without name', body: form(part('', {}, 'Content-Type: application/json; length=2')), status: 422, says: 'no name' },
  { title: 'a part without Content-Type', body: form(part('', {}, `Content-Disposition: form-data; name="post.${RUN}"`)), status: 422, says: 'no Content-Type' },
  { title: 'a part without length', body: form(part('', {}, `Content-Disposition: form-data; name="post.${RUN}"\r\nContent-Type: application/json`)), status: 422, says: 'no length' },
  { title: 'a part with a wrong length', body: form(part('', {}, `Content-Disposition: form-data; name="post.${RUN}"\r\nContent-Type: application/json; length=3`)), status: 422, says: 'not the length' },
  { title: 'a part that is packed by itself', body: form(part('', {}, `Content-Disposition: form-data; name="post.${RUN}"\r\nContent-Type: application/json; length=2\r\nContent-Encoding: gzip`)), status: 422, says: 'encoded by itself' },
  { title: 'a part that is not JSON', body: form(part('', Buffer.from('{]'), `Content-Disposition: form-data; name="post.${RUN}"\r\nContent-Type: application/json; length=2`)), status: 422, says: 'not valid JSON' },
  { title: 'a run in another format', body: form(part('', Buffer.from('xy'), `Content-Disposition: form-data; name="post.${RUN}"\r\nContent-Type: text/plain; length=2`)), status: 422, says: 'not application/json' },
  { title: 'a run that is not an object', body: form(part(`post.${RUN}`, [])), status: 422, says: 'not an object' },
  { title: 'a name without UUID', body: form(part('post.first', {})), status: 422, says: 'part name post.first' },
  { title: 'an unknown operation', body: form(part(`put.${RUN}`, {})), status: 422, says: 'part name put' },
  { title: 'an unknown field', body: form(part(`post.${RUN}.secrets`, {})), status: 422, says: 'part name post' },
  { title: 'B19: a field over 25 MiB', body: form(part(`post.${RUN}.inputs`, TOO_LONG)), status: 422, says: 'field size 26214401 exceeds maximum allowed size of 26214400 bytes' },
  { title: 'gzip that is none', body: form(POST), headers: { 'content-encoding': 'gzip' }, status: 400, says: 'not valid gzip' },
  { title: 'zstd that is none', body: form(POST), headers: { 'content-encoding': 'zstd' }, status: 400, says: 'not valid zstd' },
  { title: 'another encoding', body: form(POST), headers: { 'content-encoding': 'br' }, status: 415, says: 'unsupported' },
  { title: 'gzip that unpacks to more than 64 MiB', body: gzipSync(Buffer.alloc(65 * 1024 * 1024)), headers: { 'content-encoding': 'gzip' }, status: 413, says: 'larger than' },
  { title: 'zstd that unpacks to more than 64 MiB', body: zstdBomb(520), headers: { 'content-encoding': 'zstd' }, status: 413, says: 'larger than' },
  { title: 'more than 64 MiB', body: Buffer.alloc(64 * 1024 * 1024 + 1), status: 413, says: 'larger than' }
]

t.test('uploads that make no sense are refused and store nothing', async (t) => {
  const sandbox = await sandboxFor(t)
  for (const { title, body, headers, status, says } of BAD_UPLOADS) {
    const got = await upload(sandbox, body, headers)
    t.equal(got.status, status, title)
    t.match(got.text, says, title)
  }
  t.same(sandbox.runs('us'), [])
})

const BAD_CALLS: { title: string, path: string, sent: Sent, status: number, says: string }[] = [
  { title: 'text instead of JSON', path: '/runs', sent: { body: 'name=x' }, status: 422, says: 'not valid JSON' },
  { title: 'a list instead of a run', path: '/runs', sent: { body: '[]' }, status: 422, says: 'not an object' },
  { title: 'a run ID that is no UUID', path: '/runs', sent: { body: '{"id":"1"}' }, status: 422, says: 'run id' },
  { title: 'B20: an unknown run_type', path: '/runs', sent: { body: '{"run_type":"x"}' }, status: 422, says: 'run_type must be one of' },
  { title: 'a made-up session_id', path: '/runs', sent: { body: '{"session_id":"test-session-123"}' }, status: 422, says: 'session_id' },
  { title: 'a batch that is no list', path: '/runs/batch', sent: { body: '{"post":{}}' }, status: 422, says: 'post is not a list' },
  { title: 'a batch with a run without ID', path: '/runs/batch', sent: { body: '{"post":[{}]}' }, status: 422, says: 'run id' },
  { title: 'a patch of no UUID', path: '/runs/1', sent: { body: '{}', method: 'PATCH' }, status: 422, says: 'run id' },
  { title: 'a run that is not there', path: `/runs/${RUN}`, sent: {}, status: 404, says: 'Run not found' },
  { title: 'a project that is not there', path: `/sessions/${RUN}`, sent: {}, status: 404, says: 'Session not found' },
  { title: 'a project without name', path: '/sessions', sent: { body: '{}' }, status: 422, says: 'name' },
  { title: 'feedback that is not there', path: `/feedback/${RUN}`, sent: {}, status: 404, says: 'Feedback not found' },
  { title: 'feedback without key', path: '/feedback', sent: { body: '{}' }, status: 422, says: 'key' }
]

t.test('calls that make no sense are refused', async (t) => {
  const sandbox = await sandboxFor(t)
  for (const { title, path, sent, status, says } of BAD_CALLS) {
    const got = await send(sandbox, path, { key: 'good-us', ...sent })
    t.equal(got.status, status, title)
    t.match(got.text, says, title)
  }
})

t.test('a multipart upload can be read back', async (t) => {
  const sandbox = await sandboxFor(t)
  const picture = Buffer.from([0, 255, 13, 10, 45, 45, 120, 121, 13, 10]) // almost a boundary, and no text
  const got = await upload(sandbox, form(
    POST,
    part(`post.${RUN}.inputs`, { question: '¿qué?' }),
    part(`patch.${RUN}`, { id: OTHER, end_time: 1_700_000_001_000 }),
    part(`patch.${RUN}.outputs`, { answer: 42 }),
    part(`feedback.${RUN}`, { id: OTHER, key: 'quality', score: 1 }),
    part('', picture, `content-disposition: form-data; name=attachment.${RUN}.pic\r\ncontent-type: image/png\r\ncontent-length: 10`)
  ))
  t.equal(got.status, 202)

  t.match(json(await send(sandbox, `/runs/${RUN}`, { key: 'good-us' })), {
    id: RUN,
    name: 'first',
    inputs: { question: '¿qué?' },
    outputs: { answer: 42 },
    end_time: '2023-11-14T22:13:21.000Z',
    status: 'success',
    attachments: { pic: { content_type: 'image/png', bytes: 10, sha256: createHash('sha256').update(picture).digest('hex') } }
  })
  t.match(json(await send(sandbox, `/feedback?run=${RUN}`, { key: 'good-us' })), [{ id: OTHER, key: 'quality', score: 1 }])
  t.match(json(await send(sandbox, '/sessions?name=p', { key: 'good-us' })), [{ name: 'p', tenant_id: workspaceOf('research') }])
})

t.test('packed uploads are unpacked', async (t) => {
  const sandbox = await sandboxFor(t)
  t.equal((await upload(sandbox, gzipSync(form(POST)), { 'content-encoding': 'gzip' })).status, 202)
  t.match(sandbox.runs('us'), [{ id: RUN, name: 'first' }])

  const zstd = { 'content-encoding': 'zstd', 'content-type': 'multipart/form-data; boundary="fixture"' }
  t.equal((await upload(sandbox, ZSTD_FIXTURE, zstd)).status, 202)
  t.match(sandbox.runs('us'), [{ name: 'from zstd', run_type: 'llm', inputs: { text: 'ha'.repeat(200) } }], 'zstd')
  t.equal(sandbox.requests.at(-1)?.bodyBytes, ZSTD_FIXTURE.length, 'what was written down is what came over the wire')
})

t.test('runs by batch, one by one and by patch', async (t) => {
  const sandbox = await sandboxFor(t)
  const batch = { post: [{ id: RUN, name: 'parent', session_name: 'p' }], patch: [{ id: OTHER, error: 'broken', parent_run_id: RUN, session_name: 'p' }] }
  t.equal((await send(sandbox, '/runs/batch', { key: 'good-us', body: JSON.stringify(batch) })).status, 202)
  t.equal((await send(sandbox, `/runs/${RUN}`, { key: 'good-us', method: 'PATCH', body: '{"outputs":{"a":1}}' })).status, 202)
  t.equal((await send(sandbox, '/runs', { key: 'good-us', body: '{}' })).status, 202, 'a run needs no field')
  t.match(await send(sandbox, '/runs', { key: 'good-us', body: JSON.stringify({ id: RUN }) }), { status: 409 }, 'the same run twice')

  const query = async (body: unknown, path = '/runs/query'): Promise<unknown> => json(await send(sandbox, path, { key: 'good-us', body: JSON.stringify(body) }))
  t.match(await query({ is_root: true }), { runs: [{ name: 'Unnamed run' }, { name: 'parent', outputs: { a: 1 }, status: 'pending' }], cursors: { next: null } })
  t.match(await query({ error: true }), { runs: [{ id: OTHER, status: 'error' }] })
  t.match(await query({ parent_run: RUN }), { runs: [{ id: OTHER }] })
  t.same((await query({ run_type: 'llm' }) as { runs: unknown[] }).runs, [])
  t.same((await query({ trace: OTHER, id: [RUN] }) as { runs: unknown[] }).runs, [])

  const [project] = json(await send(sandbox, '/sessions?name_contains=p', { key: 'good-us' })) as { id: string }[]
  const first = await query({ session: [project?.id], limit: 1 }) as { runs: unknown[], cursors: { next: string } }
  t.match(first.runs, [{ id: OTHER }], 'the newest first')
  t.match(await query({ session: [project?.id], limit: 1, cursor: first.cursors.next }), { runs: [{ id: RUN }], cursors: { next: null } }, 'the next page')

  t.same(await query({ project_ids: [project?.id], has_error: true, selects: ['STATUS', 'PARENT_RUN_IDS'] }, '/api/v2/runs/query'),
    { items: [{ id: OTHER, status: 'ERROR', parent_run_ids: [RUN] }], next_cursor: null }, 'v2 has other names')
  t.same(json(await send(sandbox, `/api/v2/runs/${RUN}`, { key: 'good-us' })), { id: RUN }, 'v2 gives the ID alone unless more was selected')
  t.equal((await send(sandbox, `/v2/runs/${project?.id ?? ''}`, { key: 'good-us' })).headers.get('content-type'), 'application/problem+json')
})

t.test('workspaces and regions do not see each other', async (t) => {
  const sandbox = await sandboxFor(t)
  await send(sandbox, '/runs', { key: 'good-us', body: JSON.stringify({ id: RUN, name: 'private' }) })
  t.equal((await send(sandbox, `/runs/${RUN}`, { key: 'service-us' })).status, 404)
  t.same(json(await send(sandbox, '/sessions', { key: 'service-us' })), [])
  t.same(sandbox.runs('eu'), [])
})

t.test('a project can be created, found and deleted with its runs', async (t) => {
  const sandbox = await sandboxFor(t)
  const body = JSON.stringify({ name: 'mine', id: OTHER, description: 'd' })
  t.match(json(await send(sandbox, '/sessions', { key: 'good-us', body })), { id: OTHER, name: 'mine', description: 'd' })
  t.equal((await send(sandbox, '/sessions', { key: 'good-us', body })).status, 409, 'twice')
  t.match(json(await send(sandbox, '/sessions?upsert=true', { key: 'good-us', body })), { id: OTHER }, 'twice, but told that this is fine')
  t.equal((await send(sandbox, '/runs', { key: 'good-us', body: JSON.stringify({ id: RUN, session_id: OTHER }) })).status, 202)
  t.match(sandbox.runs('us'), [{ session_id: OTHER }])

  t.equal((await send(sandbox, `/sessions/${OTHER}`, { key: 'editor-us', method: 'DELETE' })).status, 403, 'an editor may not')
  t.equal((await send(sandbox, `/sessions/${OTHER}`, { key: 'good-us', method: 'DELETE' })).status, 202)
  t.same(sandbox.runs('us'), [])
  t.same(json(await send(sandbox, `/sessions?id=${OTHER}`, { key: 'good-us' })), [])
})
