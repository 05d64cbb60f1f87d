// "init": a person answers its questions, and from then on a plain "langsmith-proxy" works.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { keyOf, sandboxFor, workspaceOf } from '../sandbox/support.ts'
import { atTerminal, CTRL_C, CTRL_U, ENTER, NO_TERMINAL, UP } from '../support/at-terminal.ts'
import { runProgram, startProgram } from '../support/process.ts'
import { listed, piecesOf, storeEnv } from '../support/stored.ts'
import { valuesOf } from '../support/upstream.ts'

const KEY = keyOf('good-us')
const WORKSPACE = workspaceOf('production')
const skip = NO_TERMINAL
/** Nobody listens there: a test must not reach the real LangSmith. */
const NO_WAY_OUT = { HTTPS_PROXY: 'http://127.0.0.1:9' }

t.test('where nobody can be asked it names the other ways', async (t) => {
  const end = await runProgram(t, ['init', '--region', 'us'])
  t.match(end, { code: 2, stdout: '', stderr: /no terminal to ask at\nhint: .*secrets set default --region us.*LANGSMITH_API_KEY\n$/ })
})

t.test('a slip in a flag is told before the first question', async (t) => {
  const cases = [
    { args: ['--region', 'mars'], stderr: /--region takes us, eu/ },
    { args: ['--endpoint', 'langsmith.example.com'], stderr: /--endpoint must be a whole address/ },
    { args: ['--workspace-id', KEY], stderr: /--workspace-id is an API key/ },
    { args: ['us'], stderr: /init takes flags only/ }
  ]
  await Promise.all(cases.map(async ({ args, stderr }) => {
    const end = await runProgram(t, ['init', ...args])
    t.match(end, { code: 2, stderr }, args.join(' ').slice(0, 20))
    t.notMatch(end.stderr, /decafbad/)
  }))
})

t.test('a key that LangSmith refuses is not stored unless the person wants it, and stopping stores nothing', { skip }, async (t) => {
  const env = storeEnv(t)
  const { url } = (await sandboxFor(t)).regions.eu
  const refused = await atTerminal(t, ['init', '--endpoint', url], [['API key', KEY + ENTER], ['Workspace ID', ENTER], ['Store it anyway?', ENTER]], { env })
  t.match(refused, { code: 1, restored: true, screen: /refuses the key \(status 403\).*the key was not stored/s })
  const stopped = await atTerminal(t, ['init', '--endpoint', url], [['API key', KEY + ENTER], ['Workspace ID', CTRL_C]], { env })
  t.match(stopped, { code: 130, restored: true })
  t.same(await listed(env), [])
  t.match(await runProgram(t, ['--port', '0'], { env }), { code: 2, stderr: /"langsmith-proxy init" has stored none/ })
  t.match(await runProgram(t, ['--port', '0'], { env: { ...env, LANGSMITH_API_KEY: 'local-proxy' } }), { code: 2, stderr: /LANGSMITH_API_KEY is local-proxy, the word for apps and not a key, and .*hint: run langsmith-proxy init, or set LANGSMITH_API_KEY to your key in the shell of the proxy/s })
})

t.test('all questions answered, a plain start goes there with the key and the workspace', { skip }, async (t) => {
  const env = storeEnv(t)
  const sandbox = await sandboxFor(t)
  const { url } = sandbox.regions.us
  const end = await atTerminal(t, ['init'], [
    ['Where do you open LangSmith', UP], ['● other', ENTER],
    ['Address of its API', `http://localhost:5764${ENTER}`], ['It is the address of this proxy', `${CTRL_U}${url}`], [url, ENTER],
    ['API key', KEY + ENTER],
    ['Workspace ID', `research${ENTER}`], ['It is not a UUID', `${CTRL_U}${WORKSPACE}`], [WORKSPACE, ENTER]
  ], { env })
  t.match(end, { code: 0, restored: true, screen: /accepts the key.*stored default: personal key, fingerprint [0-9a-f]{8}, for http.*, with a workspace ID.*next: langsmith-proxy\r\n/s })
  t.same(piecesOf(KEY).filter((piece) => end.screen.includes(piece)), [])
  t.ok(end.screen.includes(WORKSPACE), 'what is no secret is shown, so this terminal does show what is typed')

  const proxy = await startProgram(t, [], { env })
  const answer = await fetch(`${proxy.url}/api/v1/sessions?limit=1`)
  t.equal(answer.status, 200)
  t.match(sandbox.requests.map(({ rawHeaders }) => valuesOf(rawHeaders, 'x-tenant-id')), [[WORKSPACE], [WORKSPACE]])
  t.match(proxy.lines('proxy.started'), [{ routes: [{ prefix: '/', upstream: url, secret_ref: 'store:default', workspace: true }] }])
})

t.test('a region that cannot be reached is stored all the same, and what stands in its way is told', { skip }, async (t) => {
  const env = { ...storeEnv(t), ...NO_WAY_OUT }
  const answers = [['API key', KEY + ENTER], ['could not be tested at eu.api.smith.langchain.com', ''], ['Store it anyway?', ENTER]] as const
  const init = ['init', '--region', 'eu', '--workspace-id=']
  t.match(await atTerminal(t, init, answers, { env }), { code: 0, screen: /region eu/ })
  t.match(await listed(env), [{ name: 'default', region: 'eu', workspace: false }])

  const config = t.testdir()
  mkdirSync(join(config, 'langsmith-proxy'))
  writeFileSync(join(config, 'langsmith-proxy/config.yaml'), 'credentials: { us: { apiKey: "env:KEY" } }\nroutes: [{ prefix: /, region: us, credential: us }]\n')
  const cases: readonly { env: Readonly<Record<string, string>>, screen: RegExp }[] = [
    { env: { LANGSMITH_API_KEY: keyOf('good-us') }, screen: /note: LANGSMITH_API_KEY is set here/ },
    { env: { LANGSMITH_ENDPOINT: 'https://langsmith.example.com' }, screen: /note: "langsmith-proxy" will not start here: LANGSMITH_ENDPOINT/ },
    { env: { XDG_CONFIG_HOME: config }, screen: /note: the config file \S+config\.yaml says what is used/ }
  ]
  for (const { env: more, screen } of cases) {
    t.match(await atTerminal(t, init, answers, { env: { ...env, ...more } }), { code: 0, screen, restored: true }, Object.keys(more).join())
  }
})
