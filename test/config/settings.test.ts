import { parseEnv } from 'node:util'
import { Ajv } from 'ajv'
import t from 'tap'
import { parse } from 'yaml'
import { renderExampleEnv } from '../../src/config/example-env.ts'
import { renderJsonSchema } from '../../src/config/json-schema.ts'
import { listSettings, PLAIN_VARIABLES } from '../../src/config/settings.ts'
import { example, load, ONE_ROUTE } from './load-settings.ts'

t.test('the generated files are those that the schema gives now', async (t) => {
  t.equal(example('schema.json'), renderJsonSchema(), 'config/schema.json')
  t.equal(example('example.env'), renderExampleEnv(), 'config/example.env')
})

t.test('the schema for editors refuses what the program refuses and takes the examples', async (t) => {
  const check = new Ajv({ strict: true, allowUnionTypes: true }).compile(JSON.parse(renderJsonSchema()) as object)
  t.notOk(check({}))
  t.notOk(check({ ...parse(ONE_ROUTE) as object, prot: 1 }))
  t.notOk(check({ ...parse(ONE_ROUTE) as object, listen: { port: '5764' } }))
  for (const name of ['local.yaml', 'sidecar.yaml', 'team.yaml', 'compose-team.yaml']) t.ok(check(parse(example(name))), name)
  t.ok(check({ $schema: './schema.json', ...parse(ONE_ROUTE) as object }))
  t.notMatch(renderJsonSchema(), /"expects"/)
})

t.test('the examples load as they are and name their schema', async (t) => {
  for (const name of ['local.yaml', 'sidecar.yaml', 'team.yaml', 'compose-team.yaml']) {
    const file = example(name)
    t.match(file, /^# yaml-language-server: \$schema=\.\/schema\.json\n/)
    t.same(load(t, { file }).notices, [], name)
  }
  t.match(load(t, { file: example('sidecar.yaml') }), {
    admin: { host: '0.0.0.0', port: 5765 }, drain: { delay: 5000 }, credentials: [{ apiKey: { text: 'file:/run/secrets/langsmith/api-key' } }]
  })
})

t.test('the example environment changes nothing when all of it is taken', async (t) => {
  const text = example('example.env')
  t.same(parseEnv(text), {}, 'everything is commented out')
  const env = parseEnv(text.replaceAll(/^# ([A-Z_]+=)/gm, '$1'))
  t.ok(Object.keys(env).length > 15)
  t.same(load(t, { env }), load(t, {}))
  const known = [...PLAIN_VARIABLES, ...listSettings()].flatMap(({ variable }) => variable ?? [])
  t.same(Object.keys(env).sort(), known.sort())
})

t.test('every setting is listed with its variable, what it takes and what it does', async (t) => {
  const settings = listSettings()
  const byPath = new Map(settings.map((setting) => [setting.path, setting]))
  t.same(byPath.get('listen.port'), {
    path: 'listen.port',
    variable: 'LANGSMITH_PROXY_LISTEN_PORT',
    shortVariable: 'LANGSMITH_PROXY_PORT',
    type: 'a whole number from 0 to 65535',
    default: '5764',
    description: 'Port to listen on; 0 picks a free one.'
  })
  t.match(byPath.get('listen.allowUnauthenticated'), { variable: 'LANGSMITH_PROXY_LISTEN_ALLOW_UNAUTHENTICATED', type: 'true or false', default: 'false' })
  t.match(byPath.get('timeouts.clientIdle'), { variable: 'LANGSMITH_PROXY_TIMEOUTS_CLIENT_IDLE', default: '60s' })
  t.match(byPath.get('startup.check'), { default: 'warn' })
  t.match(byPath.get('diagnosis.probe'), { default: 'same-host', type: /off, same-host/ })
  t.match(byPath.get('clients.required'), { default: 'false' })
  t.match(byPath.get('credentials.NAME.apiKey'), { variable: undefined, default: undefined })
  t.match(byPath.get('routes[].region'), { variable: undefined, type: 'one of us, eu, apac, aws' })
  for (const { path, description, type } of settings) t.ok(description.length > 0 && type.length > 0, path)
})

t.test('every variable of the list is one that the program reads', async (t) => {
  for (const { variable, shortVariable } of listSettings()) {
    for (const name of [variable, shortVariable]) {
      if (name === undefined) continue
      // No setting takes this, but for names of hosts and paths; a variable nobody reads would be "no such setting".
      const outcome = tryLoad(name)
      t.notMatch(outcome, /no such setting/, name)
    }
  }

  function tryLoad (name: string): string {
    try {
      load(t, { env: { [name]: '~' } })
      return ''
    } catch (error) {
      return String(error)
    }
  }
})
