// The two tools that every machine has, with the commands that people paste.

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import type { Test } from 'tap'
import { valuesOf } from '../support/upstream.ts'
import { checkSwap, keyOf, startStage } from './support.ts'

const run = promisify(execFile)
const MISSING = { curl: await isMissing('curl'), wget: await isMissing('wget') }
const BODY = '{"name":"My Test Run","run_type":"chain"}'

async function isMissing (tool: string): Promise<string | false> {
  return run(tool, ['--version']).then(() => false, () => `${tool} is not installed here`)
}

/** Runs a line as it stands, in a shell that has no settings of the person who runs the tests. */
async function paste (t: Test, line: string): Promise<{ code: number, stdout: string, stderr: string }> {
  const home = t.testdir()
  const options = { cwd: home, env: { PATH: process.env.PATH, HOME: home }, timeout: 20_000 }
  return run('sh', ['-c', line], options).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: unknown) => error as { code: number, stdout: string, stderr: string } // execFile's own form
  )
}

t.test('wget with the header that the web recommends', { skip: MISSING.wget }, async (t) => {
  const { url, sandbox } = await startStage(t)
  const line = `wget -qO- --post-data='${BODY}' --header="Authorization: Bearer your_api_key_here" --header="Content-Type: application/json" ${url}/runs`
  const { code, stdout } = await paste(t, line)
  t.equal(code, 0)
  t.match(JSON.parse(stdout), { id: String })
  t.match(sandbox.requests, [{ region: 'us', method: 'POST', url: '/runs', bodyBytes: BODY.length, bodySha256: createHash('sha256').update(BODY).digest('hex'), complete: true }])
  checkSwap(t, sandbox.requests, keyOf('good-us'))
  const { rawHeaders } = sandbox.requests[0] ?? { rawHeaders: [] }
  t.match(valuesOf(rawHeaders, 'user-agent'), [/^Wget\//], 'its own headers pass')
  t.same(valuesOf(rawHeaders, 'content-type'), ['application/json'])
  t.same(valuesOf(rawHeaders, 'accept'), ['*/*'])
  t.match(sandbox.runs('us'), [{ name: 'My Test Run', run_type: 'chain' }])
})

t.test('curl with the header that the web recommends', { skip: MISSING.curl }, async (t) => {
  const { url, sandbox } = await startStage(t)
  const { code, stdout } = await paste(t, `curl -sS -w '%{http_code}' -X POST ${url}/runs -H "Authorization: Bearer your_api_key_here" -H "Content-Type: application/json" -d '${BODY}'`)
  t.equal(code, 0)
  t.match(stdout, /202$/)
  t.match(sandbox.requests, [{ method: 'POST', url: '/runs', bodySha256: createHash('sha256').update(BODY).digest('hex') }])
  checkSwap(t, sandbox.requests, keyOf('good-us'))
  t.match(sandbox.runs('us'), [{ name: 'My Test Run' }])
})

t.test('curl without any header, with a prefix, with a wrong key in every place', { skip: MISSING.curl }, async (t) => {
  const { url, sandbox } = await startStage(t)
  const lines = [
    `curl -sS -w '%{http_code}' '${url}/api/v1/sessions?limit=1'`,
    `curl -sS -w '%{http_code}' -u user:password -b 'session=abc' -H 'X-API-Key: wrong' -H 'x_api_key: wrong' -H 'X-Tenant-Id: other' '${url}/api/v1/sessions?limit=1&api_key=wrong'`
  ]
  for (const line of lines) t.match(await paste(t, line), { code: 0, stdout: /200$/ }, line)
  checkSwap(t, sandbox.requests, keyOf('good-us'))
  t.notMatch(JSON.stringify(sandbox.requests), /wrong|session=abc/)
  t.match(await paste(t, `curl -sS -w '%{http_code}' '${url}/eu/api/v1/sessions?limit=1'`), { stdout: /200$/ })
  checkSwap(t, sandbox.requests.filter(({ region }) => region === 'eu'), keyOf('good-eu'))
})

// curl announces large bodies with "Expect: 100-continue"; a proxy that passes that on, or fails on it,
// breaks every large upload (field.md A2: the base library answers 500).
t.test('curl with a body of 2 MB, which it announces first', { skip: MISSING.curl }, async (t) => {
  const { url, sandbox } = await startStage(t)
  const body = JSON.stringify({ name: 'large', run_type: 'chain', inputs: { text: 'x'.repeat(2 * 1024 * 1024) } })
  const folder = t.testdir({ 'body.json': body })
  const line = `curl -sS -v -w '%{http_code}' -X POST ${url}/runs -H 'Content-Type: application/json' -H 'Expect: 100-continue' --data-binary @${join(folder, 'body.json')}`
  const { code, stdout, stderr } = await run('sh', ['-c', line], { timeout: 20_000 }).then((ran) => ({ code: 0, ...ran }))
  t.equal(code, 0)
  t.match(stdout, /202$/)
  t.match(stderr, /< HTTP\/1\.1 100 Continue/)
  t.match(sandbox.requests, [{ bodyBytes: body.length, bodySha256: createHash('sha256').update(body).digest('hex'), complete: true }])
  checkSwap(t, sandbox.requests, keyOf('good-us'))
})

t.test('the one line that wget prints of a refusal names the cause; curl -f has the status', { skip: MISSING.wget !== false || MISSING.curl }, async (t) => {
  const { url, sandbox } = await startStage(t)
  const wget = await paste(t, `wget -O- --header='x-sandbox-answer: B9' '${url}/api/v1/sessions'`)
  t.equal(wget.code, 8)
  t.match(wget.stderr, /403 Forbidden \(langsmith-proxy: [a-z-]+\)/)
  const curl = await paste(t, `curl -sSf '${url}/api/v1/sessions' -H 'x-sandbox-answer: B9'`)
  t.match(curl, { code: 22, stderr: /403/ })
  t.equal(sandbox.requests.length, 2, 'each request was sent once')
})
