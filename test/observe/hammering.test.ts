// A tool that goes on with a key that LangSmith refuses: every request goes upstream, as the user may mend it there, and the log stays readable.

import t from 'tap'
import { request } from 'undici'
import { KNOWN_ANSWERS } from '../../src/sandbox/known-answers.ts'
import { startProgram } from '../support/process.ts'
import { TEST_KEY } from '../support/proxy.ts'
import { startUpstream } from '../support/upstream.ts'

t.test('1000 refusals are 1000 requests upstream, five explanations and one count; on the page they are one', async (t) => {
  const { status, type, body } = KNOWN_ANSWERS.B10
  const upstream = await startUpstream(t, { answer: (_request, response) => { response.writeHead(status, { 'content-type': type }).end(body) } })
  const program = await startProgram(t, [], {
    env: { LANGSMITH_API_KEY: TEST_KEY, LANGSMITH_ENDPOINT: upstream.url, LANGSMITH_PROXY_STARTUP_CHECK: 'off', LANGSMITH_PROXY_DIAGNOSIS_PROBE: 'off' }
  })
  for (let i = 0; i < 50; i++) {
    const answers = await Promise.all(Array.from({ length: 20 }, () => request(`${program.url}/api/v1/sessions`)))
    for (const answer of answers) {
      t.ok(answer.statusCode === status && answer.headers['x-langsmith-proxy-diagnosis'] === 'no-plan')
      await answer.body.dump()
    }
  }
  t.equal(upstream.received.length, 1000)
  const { refusals } = await (await request(`${program.url}/-/refusals`)).body.json() as { refusals: { count: number, diagnosis: object }[] }
  t.match(refusals, [{ count: 1000, diagnosis: { code: 'no-plan' } }])
  t.equal(refusals.length, 1)

  program.child.kill('SIGTERM')
  t.equal((await program.end()).code, 0)
  t.equal(program.lines('refusal.diagnosed').length, 5)
  t.match(program.lines('refusal.repeated'), [{ credential: 'default', code: 'no-plan', count: 995 }])
  t.equal(program.lines('refusal.repeated').length, 1)
  t.equal(program.lines('request.completed').filter(({ source }) => source === 'upstream').length, 1000)
})
