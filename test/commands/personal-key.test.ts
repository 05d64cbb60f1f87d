// The key of a person behind client keys: it works, so nothing stops, but whoever runs the proxy should know.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { linesOf, reportOf } from './doctor-support.ts'
import { refuseLeak } from '../support/leaks.ts'
import { runProgram, startProgram } from '../support/process.ts'
import { startUpstream } from '../support/upstream.ts'

const PERSONAL = `lsv2_pt_${'5ca1ab1e'.repeat(4)}_5ca1ab1e00`
const SERVICE = `lsv2_sk_${'0ddba11e'.repeat(4)}_0ddba11e00`
const CODE = 'personal-key-shared'

const ROUTES = (upstream: string): string => `
credentials: { us: { apiKey: "env:US_KEY" }, eu: { apiKey: "env:EU_KEY" } }
routes: [{ prefix: /, upstream: "${upstream}", credential: us }, { prefix: /eu, upstream: "${upstream}", credential: eu }]
`
const REQUIRED = 'clients: { required: true }'
const ENV = { US_KEY: PERSONAL, EU_KEY: SERVICE }

t.test('the start says it once for each such key, with the reason and the way out, and shows nothing of it', async (t) => {
  const { url } = await startUpstream(t)
  const program = await startProgram(t, ['--config', 'config.yaml'], { files: { 'config.yaml': REQUIRED + ROUTES(url) }, env: { ...ENV, LANGSMITH_PROXY_LOG_FORMAT: 'json' } })
  const notices = program.lines('config.noticed').filter(({ code }) => code === CODE)
  t.match(notices, [{ level: 'warn', message: /^the key of credential "us" \(env:US_KEY\) is a personal key.* that one person, and it ends with their account$/, hint: /^make a service key/ }])
  t.equal(notices.length, 1)
  refuseLeak('the log', program.stderr(), PERSONAL, SERVICE)
})

t.test('without clients.required it says nothing, and a reload that requires client keys says it', async (t) => {
  const { url } = await startUpstream(t)
  const program = await startProgram(t, ['--config', 'config.yaml'], { files: { 'config.yaml': ROUTES(url) }, env: { ...ENV, LANGSMITH_PROXY_LOG_FORMAT: 'json' } })
  t.strictSame(program.lines('config.noticed'), [])
  writeFileSync(join(program.folder, 'config.yaml'), REQUIRED + ROUTES(url))
  t.match(await program.until('the notice', () => program.lines('config.noticed').find(({ code }) => code === CODE)), { message: /credential "us"/ })
})

t.test('check and doctor show it; run, whose proxy is for one command, does not', async (t) => {
  const { url } = await startUpstream(t, { answer: (incoming, response) => { response.writeHead(200, { 'content-type': 'application/json' }).end(incoming.url === '/api/v1/info' ? '{"version":"1"}' : '[]') } })
  const files = { 'config.yaml': REQUIRED + ROUTES(url) }
  const checked = await runProgram(t, ['check', '--config', 'config.yaml'], { files, env: ENV })
  t.match(checked, { code: 0, stdout: /warning: the key of credential "us" \(env:US_KEY\) is a personal key \(lsv2_pt_\).*\nhint: make a service key/ })
  const { routes, code } = await reportOf(t, { files, env: ENV })
  t.equal(code, 0)
  t.match(linesOf(routes[0]?.findings), /^secret ok: .*a personal key.*\nsecret warn: the key of credential "us" \(env:US_KEY\) is a personal key \(lsv2_pt_\), .* → make a service key/m)
  t.notMatch(linesOf(routes[1]?.findings), /^secret warn/m)
  const ran = await runProgram(t, ['run', '--config', 'config.yaml', '--', 'true'], { files, env: ENV })
  t.match(ran, { code: 0, stderr: '' })
  for (const text of [checked.stdout, JSON.stringify(routes), ran.stderr]) refuseLeak('what is shown', text, PERSONAL, SERVICE)
})
