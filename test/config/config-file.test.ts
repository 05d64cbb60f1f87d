import t from 'tap'
import { failure, load, ONE_ROUTE } from './load-settings.ts'

t.test('what is no YAML is reported by line and without a piece of the file', async (t) => {
  const cases: readonly (readonly [string, string, RegExp])[] = [
    ['a name twice', 'log: { level: info }\nlog: { level: warn }', /^config\.yaml:2: the same name is set twice/],
    ['a key twice deep down', 'credentials:\n  us:\n    apiKey: env:A\n    apiKey: env:canary', /^config\.yaml:4: the same name/],
    ['tabs', 'listen:\n\tport: 1', /config\.yaml:2: indent with spaces/],
    ['an open bracket', 'routes: [\n  canary', /config\.yaml:2: the indentation does not fit: .* bracket, brace or quote before it is not closed/],
    ['a line too far right', 'credentials:\n  us:\n    apiKey: env:A\n      canary: env:B', /^config\.yaml:3: [^\n]*the next line is indented too far[^\n]*$/],
    ['a line too far left', 'credentials:\n  us:\n    apiKey: env:A\n   canary: env:B', /^config\.yaml:4: the indentation does not fit: this line is indented differently from its neighbours/],
    ['a list item\'s second line too far left', 'routes:\n  - prefix: /\n   canary: us', /^config\.yaml:3: .*indented differently from its neighbours$/],
    ['no colon in the first line', 'us:\n  apiKey env:canary\n  workspaceId: env:B', /^config\.yaml:2: .*look for a missing ": "/],
    ['no blank in the first line', 'us:\n  apiKey:env:canary\n  workspaceId: env:B', /^config\.yaml:2: .*look for a missing ": "/],
    ['no colon in a later line', 'us:\n  workspaceId: env:B\n  apiKey env:canary', /^config\.yaml:3: .*look for a missing ": "/],
    ['no blank in a later line', 'us:\n  workspaceId: env:B\n  apiKey:env:canary', /^config\.yaml:3: .*look for a missing ": "/],
    ['an open quote', 'a: "canary', /config\.yaml:1: something is not closed/],
    ['two documents', 'a: 1\n---\nb: canary', /config\.yaml:\d: one file holds one document/],
    ['an alias to nothing', 'a: *canary', /config\.yaml:1: aliases \(\*name\) cannot be followed/],
    ['a tag', 'a: !canary x', /config\.yaml:1: tags/],
    ['a list as a name', '? [canary]\n: 1', /config\.yaml:1: a name must be plain text/],
    ['two colons', 'apiKey: env: canary', /config\.yaml:1: /],
    ['an at sign', 'a: @canary', /config\.yaml:1: this value must be in quotes/],
    ['a key without a name', 'canary', /^config\.yaml:1: must hold settings in the form name: value$/],
    ['a list', '- canary', /^config\.yaml:1: must hold settings/],
    ['broken JSON', '{"listen": {"port": 1}', /config\.yaml:1: something is not closed/]
  ]
  for (const [name, file, message] of cases) {
    const error = failure(t, { file })
    t.equal(error.code, 'config-invalid', name)
    t.match(error.message, message, name)
    t.notMatch(`${error.message}${error.hint}`, /canary/, name)
  }
})

t.test('aliases that multiply are refused instead of filling the memory', async (t) => {
  const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]', ...'bcdefghi'.split('').map((name, at) => {
    const before = 'abcdefgh'.charAt(at)
    return `${name}: &${name} [${Array.from({ length: 9 }, () => `*${before}`).join(',')}]`
  })].join('\n')
  t.match(failure(t, { file: bomb }).message, /^config\.yaml:1: aliases/)
})

t.test('what does not fit the schema is reported with line, path and what is accepted', async (t) => {
  const cases: readonly (readonly [string, string])[] = [
    [`lisen: { port: 1 }${ONE_ROUTE}`, 'config.yaml:1 lisen: there is no such setting; did you mean listen?'],
    [`port: 1${ONE_ROUTE}`, 'config.yaml:1 port: there is no such setting; did you mean listen.port?'],
    [`listen: { allowed_hosts: [] }${ONE_ROUTE}`, 'config.yaml:1 listen.allowed_hosts: there is no such setting; did you mean allowedHosts?'],
    [`listen:\n  port: "5764"${ONE_ROUTE}`, 'config.yaml:2 listen.port: must be a whole number from 0 to 65535, without quotes'],
    [`listen:\n  allowUnauthenticated: "true"${ONE_ROUTE}`, 'config.yaml:2 listen.allowUnauthenticated: must be true or false, without quotes'],
    [`listen:\n  port:5764${ONE_ROUTE}`, 'config.yaml:1 listen: must be a group of settings (name: value); look for a missing ": "'],
    [ONE_ROUTE.replace('{ apiKey: "env:US_KEY" }', 'apiKey env:US_KEY'), 'config.yaml:2 credentials.us: must be a group of settings with at least apiKey; look for a missing ": "'],
    [`listen:\n  allowUnauthenticated: 1${ONE_ROUTE}`, 'config.yaml:2 listen.allowUnauthenticated: must be true or false'],
    [`listen:\n  allowedHosts:\n    - ok\n    - no/path${ONE_ROUTE}`, 'config.yaml:4 listen.allowedHosts[1]: must be a host name or address, without scheme, port or path'],
    [`listen: { allowedHosts: one }${ONE_ROUTE}`, 'config.yaml:1 listen.allowedHosts: must be a list of host names or addresses, without scheme, port or path'],
    [`listen: 5${ONE_ROUTE}`, 'config.yaml:1 listen: must be a group of settings (name: value)'],
    [`drain: { deadline: 1d }${ONE_ROUTE}`, 'config.yaml:1 drain.deadline: must be a time such as 500ms, 10s, 5m or 1h'],
    [ONE_ROUTE.replace('"env:US_KEY"', '5'), 'config.yaml:2 credentials.us.apiKey: must be a reference such as env:LANGSMITH_API_KEY or file:/run/secrets/langsmith-api-key, not the key itself'],
    [ONE_ROUTE.replace('prefix: /,', ''), 'config.yaml:3 routes[0].prefix: is missing; must be a path such as / or /eu'],
    [ONE_ROUTE.replace('{ us:', '{ us: { apiKey: "env:K" }, "1":'), 'config.yaml:2 credentials.1: a name must start with a letter and have at most 40 letters, digits, "-" and "_"'],
    [ONE_ROUTE.replace('[{', '').replace('}]', ''), 'config.yaml:3']
  ]
  for (const [file, message] of cases) t.ok(failure(t, { file }).message.startsWith(message), message)
})

t.test('a file needs at least one credential and one route', async (t) => {
  for (const file of ['', '# only a comment', 'log: { level: info }', 'credentials: {}\nroutes: []', 'credentials:\nroutes:\n']) {
    const { message } = failure(t, { file })
    t.match(message, /credentials: .*must be at least one named credential such as us: \{ apiKey: "env:LANGSMITH_API_KEY" \}/)
    t.match(message, /routes: .*must be a list of at least one route such as \{ prefix: \/, region: us, credential: us \}/)
  }
})

t.test('a key that stands where a name belongs is not shown', async (t) => {
  const key = 'lsv2_pt_0123456789abcdef0123456789abcdef_0123456789'
  const legacy = 'ls__0123456789abcdef0123456789abcdef'
  for (const file of [`${legacy}: 1${ONE_ROUTE}`, `credentials: { ${key}: { apiKey: "env:K" } }\nroutes: []`, `${key}: x${ONE_ROUTE}`, `listen: { ${key.slice(0, 20)}: 1 }${ONE_ROUTE}`, `"a b": 1${ONE_ROUTE}`]) {
    const { message } = failure(t, { file })
    t.match(message, /\(name not shown\)/)
    t.notMatch(message, /lsv2|ls__|a b/)
  }
})

t.test('a name with nothing behind it counts as not set', async (t) => {
  const config = load(t, { file: `listen:\n  # port: 1\nlog:\n  level:\n${ONE_ROUTE}` })
  t.match(config, { listen: { port: 5764 }, log: { level: 'info' } })
})

t.test('anchors and aliases work, and mistakes in them have the line of the anchor', async (t) => {
  const file = (port: number) => `
credentials: { us: &us { apiKey: "env:A" }, eu: *us }
routes: [{ prefix: /, region: us, credential: us }, { prefix: /eu, region: eu, credential: eu }]
listen: &listen
  port: ${String(port)}
admin: *listen
`
  t.match(load(t, { file: file(1) }), { admin: { port: 1 }, credentials: [{ name: 'us' }, { name: 'eu' }] })
  t.match(failure(t, { file: file(70_000) }).message, /config\.yaml:5 admin\.port.*\n.*config\.yaml:5 listen\.port/)
})

t.test('names that JavaScript knows are names like any other', async (t) => {
  for (const name of ['__proto__', 'constructor', 'toString']) {
    t.match(failure(t, { file: `${name}: { listen: 1 }${ONE_ROUTE}` }).message, /there is no such setting/)
    t.match(failure(t, { file: ONE_ROUTE.replace('credential: us', `credential: ${name}`) }).message, /there is no credential of this name/)
  }
})

t.test('a file that would exhaust the parser is refused, not parsed', async (t) => {
  const indented = Array.from({ length: 450 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')
  for (const file of ['- '.repeat(32_000), '['.repeat(5000), '{ a: '.repeat(5000), indented]) {
    t.equal(failure(t, { file }).message.replace(/ \(config file.*/, ''), 'config.yaml:1: the file is nested too deep', file.slice(0, 10))
  }
})
