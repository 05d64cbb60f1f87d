import { join, resolve } from 'node:path'
import t from 'tap'
import { loadConfig } from '../../src/config/load.ts'
import { errorOf, failure, load, loadFrom, ONE_ROUTE } from './load-settings.ts'

t.test('every mistake is reported at once, one per line, each with its place', async (t) => {
  const error = failure(t, {
    env: { LANGSMITH_PROXY_PROT: '1', LANGSMITH_PROXY_LOG_LEVEL: 'verbose' },
    flags: { port: 'http' },
    file: `
listen:
  host: 0.0.0.0
  prot: 1
credentials:
  us: { apiKey: lsv2_pt_canary }
  self: { apiKey: "stor:self" }
routes:
  - { prefix: /api, region: us, credential: us }
  - { prefix: /eu, region: eur, credential: us }
`
  })

  t.equal(error.code, 'config-invalid')
  t.equal(error.exitCode, 2)
  t.match(error.hint, /langsmith-proxy check/)
  const [head, ...lines] = error.message.split('\n')
  t.equal(head, '9 mistakes in the settings')
  t.equal(lines.length, 9)
  const expected = [
    /^ {2}--port: must be a whole number from 0 to 65535$/,
    /^ {2}config\.yaml:3 listen\.host: must be localhost/,
    /^ {2}config\.yaml:4 listen\.prot: there is no such setting; did you mean port\?$/,
    /^ {2}config\.yaml:6 credentials\.us\.apiKey: must be a reference such as .* not the key itself$/,
    /^ {2}config\.yaml:7 credentials\.self\.apiKey: must start with env:, file:, exec:, store:, vault:; did you mean store\?$/,
    /^ {2}config\.yaml:9 routes\[0\]\.prefix: must not start with \/api, because/,
    /^ {2}config\.yaml:10 routes\[1\]\.region: must be one of us, eu, apac, aws; did you mean eu\?$/,
    /^ {2}LANGSMITH_PROXY_LOG_LEVEL: must be one of debug, info, warn, error, silent/,
    /^ {2}LANGSMITH_PROXY_PROT: there is no such setting; did you mean LANGSMITH_PROXY_PORT\?$/
  ]
  for (const line of expected) t.ok(lines.some((written) => line.test(written)), String(line))
  t.ok(error.message.indexOf('config.yaml:9') < error.message.indexOf('config.yaml:10'), 'lines are in their order')
  t.notMatch(error.message, /canary|verbose|http/, 'no value is quoted')
})

t.test('the path of the file is told once, where its name alone does not say it all', async (t) => {
  const tell = (path: string, text: string, env = {}): string => errorOf(t, () => loadConfig({
    env, flags: { config: path }, homeConfigDir: '/home', readFile: () => text, resolvePath: resolve, closedEndpointNames: []
  })).message
  const two = `listen: { prot: 1 }\nlog: { lvel: x }${ONE_ROUTE}`
  t.match(tell('/etc/proxy/config.yaml', two), /^2 mistakes in the settings \(config file \/etc\/proxy\/config\.yaml\)\n {2}config\.yaml:1 listen\.prot: /)
  t.match(tell('etc/config.yaml', 'canary'), /^config\.yaml:1: must hold .* \(config file etc\/config\.yaml\)$/)
  t.match(tell('config.yaml', two), /^2 mistakes in the settings\n/)
  t.match(tell('/tmp/lsv2_pt_0123/config.yaml', two), /^2 mistakes in the settings\n/)
  t.notMatch(tell('/etc/config.yaml', ONE_ROUTE, { LANGSMITH_PROXY_PROT: '1' }), /etc/, 'the file is not blamed for a variable')
})

t.test('a single mistake is the message itself', async (t) => {
  t.equal(failure(t, { flags: { port: '70000' } }).message, '--port: must be a whole number from 0 to 65535')
})

t.test('beyond this machine the proxy listens only when asked for by name', async (t) => {
  for (const host of ['0.0.0.0', '::', '[::]', '0', '0x0', '::ffff:0.0.0.0', '192.168.1.2', 'my-laptop', '127.0.0.1.example.com', 'fe80::1']) {
    const error = failure(t, { env: { LANGSMITH_PROXY_HOST: host } })
    t.equal(error.code, 'listen-refused', host)
    t.match(error.message, /^LANGSMITH_PROXY_HOST: /)
    t.match(error.hint, /localhost.*listen\.allowUnauthenticated.*LANGSMITH_PROXY_LISTEN_ALLOW_UNAUTHENTICATED=true/)

    const config = load(t, { env: { LANGSMITH_PROXY_HOST: host, LANGSMITH_PROXY_LISTEN_ALLOW_UNAUTHENTICATED: 'true' } })
    t.match(config.notices, [{ code: 'listen-unauthenticated', message: /LANGSMITH_PROXY_HOST.*LANGSMITH_PROXY_LISTEN_ALLOW_UNAUTHENTICATED/ }])
  }
  // Node takes an empty host for every interface.
  t.equal(failure(t, { file: `listen: { host: "" }${ONE_ROUTE}` }).code, 'listen-refused')
  t.equal(failure(t, { flags: { host: '' } }).code, 'listen-refused')
})

t.test('the spellings of loopback need no permission', async (t) => {
  for (const [host, expected] of [['localhost', 'localhost'], ['127.0.0.1', '127.0.0.1'], ['127.9.9.9', '127.9.9.9'], ['::1', '::1'], ['[::1]', '::1']] as const) {
    const config = load(t, { flags: { host } })
    t.equal(config.listen.host, expected)
    t.same(config.notices, [])
  }
})

t.test('the audit file lies beside the config file, unless its path is absolute; a variable starts at the folder of the config, too', async (t) => {
  t.equal(load(t, { file: ONE_ROUTE }).audit.file, undefined)
  const folder = t.testdir({ 'config.yaml': `audit: { file: logs/audit.jsonl }${ONE_ROUTE}` })
  t.equal(loadFrom(folder, {}).audit.file, join(folder, 'logs/audit.jsonl'))
  t.equal(loadFrom(folder, { env: { LANGSMITH_PROXY_AUDIT_FILE: 'a' } }).audit.file, join(folder, 'a'))
  t.equal(loadFrom(folder, { env: { LANGSMITH_PROXY_AUDIT_FILE: '/var/log/a' } }).audit.file, '/var/log/a')
  t.equal(failure(t, { file: `audit: { file: "" }${ONE_ROUTE}` }).code, 'config-invalid')
})

t.test('a file that was asked for must be there, whole and readable', async (t) => {
  t.equal(failure(t, { flags: { config: 'missing.yaml' } }).message, '--config: there is no such file: missing.yaml')
  t.equal(failure(t, { env: { LANGSMITH_PROXY_CONFIG: '/missing/config.yaml' } }).message, 'LANGSMITH_PROXY_CONFIG: there is no such file: /missing/config.yaml')
  for (const key of ['lsv2_pt_0123', 'ls__0123', './lsv2_pt_0123', 'a b', 'a'.repeat(41), 'a\nb']) {
    t.equal(failure(t, { flags: { config: key } }).message, '--config: there is no such file: (name not shown)')
  }
  const folder = t.testdir({ 'config.yaml': {} })
  const unreadable = errorOf(t, () => loadFrom(folder, {}))
  t.match(unreadable.message, /config\.yaml: the config file cannot be read \(EISDIR\)$/)
  t.ok(unreadable.cause instanceof Error)
  const nameless = errorOf(t, () => loadFrom(folder, { flags: { config: folder } }))
  t.equal(nameless.message, '--config: the config file cannot be read (EISDIR)')
})

t.test('flag goes over environment over file over default', async (t) => {
  const file = `listen: { port: 1001 }\nlog: { level: warn }${ONE_ROUTE}`
  t.equal(load(t, { file: ONE_ROUTE }).listen.port, 5764)
  t.equal(load(t, { file }).listen.port, 1001)
  t.equal(load(t, { file, env: { LANGSMITH_PROXY_LISTEN_PORT: '1002' } }).listen.port, 1002)
  t.equal(load(t, { file, env: { LANGSMITH_PROXY_PORT: '1002' }, flags: { port: '1003' } }).listen.port, 1003)
  t.equal(load(t, { file }).log.level, 'warn')
  t.equal(load(t, { file, flags: { logLevel: 'debug' } }).log.level, 'debug')
  t.equal(load(t, { file, flags: { quiet: true } }).log.level, 'error')
  t.equal(load(t, { file: `listen: 5${ONE_ROUTE}`.replace('listen: 5', 'log:'), env: { LANGSMITH_PROXY_LOG_LEVEL: 'error' } }).log.level, 'error')
  t.match(failure(t, { flags: { quiet: true, logLevel: 'info' } }).message, /^--quiet: /)
})

t.test('a wrong value in the file does not matter where a flag replaces it, a wrong group does', async (t) => {
  t.equal(load(t, { file: `listen: { port: 70000 }${ONE_ROUTE}`, flags: { port: '0' } }).listen.port, 0)
  t.match(failure(t, { file: `listen: 5${ONE_ROUTE}`, flags: { port: '0' } }).message, /must be a group of settings/)
})

t.test('the file is that of the flag, else of the variable, else of the config folder', async (t) => {
  const folder = t.testdir({
    'config.yaml': `listen: { port: 1 }${ONE_ROUTE}`,
    'flag.json': JSON.stringify({ $schema: './schema.json', listen: { port: 2 }, credentials: { us: { apiKey: 'env:K' } }, routes: [{ prefix: '/', region: 'us', credential: 'us' }] }),
    'variable.yaml': `listen: { port: 3 }${ONE_ROUTE}`
  })
  const env = { LANGSMITH_PROXY_CONFIG: resolve(folder, 'variable.yaml') }
  const byFlag = loadFrom(folder, { flags: { config: resolve(folder, 'flag.json') }, env })
  t.match(byFlag, { source: resolve(folder, 'flag.json'), listen: { port: 2 } })
  t.equal(loadFrom(folder, { env }).listen.port, 3)
  t.match(loadFrom(folder, {}), { source: resolve(folder, 'config.yaml'), listen: { port: 1 } })
})

t.test('times come out in milliseconds and everything has its default', async (t) => {
  const config = load(t, { file: `timeouts: { connect: 500ms, idle: 5m }\ndrain: { delay: 0s, deadline: 1h }${ONE_ROUTE}` })
  t.same(config.timeouts, { connect: 500, firstByte: 120_000, idle: 300_000, clientIdle: 60_000 })
  t.same(config.drain, { delay: 0, deadline: 3_600_000 })
  t.same(config.listen, {
    host: 'localhost', port: 5764, socket: undefined, mode: 0o600, allowedHosts: [], allowUnauthenticated: false, behindTlsProxy: false, bodyLimit: undefined, maxConnections: 4000, maxConnectionsPerAddress: 1000, maxInFlight: 2000, tls: undefined, trustedProxies: []
  })
  t.same(config.log, { level: 'info', format: 'auto' })
  t.same(config.secrets, { allowLooseFileModes: false, allowMissing: false, timeout: 10_000 })
  t.same(config.rotation, { test: true, overlap: 600_000, interval: 900_000 })
  t.same(config.store, { kind: 'auto', identityFile: undefined })
  t.match(config.vault, { address: undefined, auth: 'token', insecure: false })
  t.equal(config.admin, undefined)
})

t.test('a second listener needs a port, and may be anywhere', async (t) => {
  t.match(failure(t, { env: { LANGSMITH_PROXY_ADMIN_HOST: '0.0.0.0' } }).message, /^LANGSMITH_PROXY_ADMIN_HOST: does nothing without admin\.port/)
  const config = load(t, { env: { LANGSMITH_PROXY_ADMIN_HOST: '0.0.0.0', LANGSMITH_PROXY_ADMIN_PORT: '5765' } })
  t.same(config.admin, { host: '0.0.0.0', port: 5765 })
  t.same(config.notices, [])
})
