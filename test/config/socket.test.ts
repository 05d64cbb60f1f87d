// The settings of a Unix socket.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { failure, load, loadFrom, ONE_ROUTE } from './load-settings.ts'

t.test('a path that no socket can have, and a mode that means nothing, are refused with their place', async (t) => {
  const long = `/tmp/${'x'.repeat(99)}`
  t.match(failure(t, { file: `listen: { socket: ${long} }${ONE_ROUTE}` }), { code: 'config-invalid', message: /^config\.yaml:1 listen\.socket: is too long for a Unix socket/ })
  t.match(failure(t, { file: `listen: { socket: /tmp/${'x'.repeat(90)}/a }${ONE_ROUTE}` }).message, /its folder/, 'a folder that leaves no room')
  t.match(failure(t, { file: `listen: { socket: "/tmp/${'ü'.repeat(50)}" }${ONE_ROUTE}` }).message, /bytes/, 'bytes count, not characters')
  t.match(failure(t, { file: `listen: { socket: "/tmp/a\\0b" }${ONE_ROUTE}` }).message, /listen\.socket: must be a path/)
  t.match(failure(t, { file: `listen: { socket: "" }${ONE_ROUTE}` }).message, /listen\.socket: must be a path/)
  for (const mode of ['"rw"', '"0999"', '"01777"', '384']) {
    t.match(failure(t, { file: `listen: { socket: /tmp/a, mode: ${mode} }${ONE_ROUTE}` }).message, /listen\.mode: must be octal permissions in quotes/, mode)
  }
  t.match(failure(t, { file: `listen: { mode: "0666" }${ONE_ROUTE}` }).message, /^config\.yaml:1 listen\.mode: does nothing without listen\.socket/)
})

t.test('a socket is relative to the file, and only its owner may use it unless the mode says more', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'lsp-')) // the path of a socket is short, and t.testdir's is not
  t.teardown(() => { rmSync(folder, { recursive: true }) })
  writeFileSync(join(folder, 'config.yaml'), `listen: { socket: run/proxy.sock }${ONE_ROUTE}`)
  t.match(loadFrom(folder, {}), { listen: { socket: join(folder, 'run/proxy.sock'), mode: 0o600 }, notices: [] })
  t.match(load(t, { env: { LANGSMITH_PROXY_LISTEN_SOCKET: '/run/a.sock', LANGSMITH_PROXY_LISTEN_MODE: '0660' } }), { listen: { socket: '/run/a.sock', mode: 0o660 } })
  t.match(load(t, { file: `listen: { socket: /run/a.sock, mode: "666" }${ONE_ROUTE}` }), { listen: { mode: 0o666 } })
  t.match(load(t, { file: ONE_ROUTE }), { listen: { socket: undefined, mode: 0o600 } })
})

t.test('host and port do nothing beside a socket: that is said, and no address is refused for it', async (t) => {
  const { notices } = load(t, { file: `listen: { socket: /run/a.sock, host: 0.0.0.0 }${ONE_ROUTE}`, flags: { port: '6001' } })
  t.match(notices, [
    { code: 'listen-address-unused', message: /^config\.yaml:1 listen\.host: does nothing.*config\.yaml:1 listen\.socket/ },
    { code: 'listen-address-unused', message: /^--port: does nothing/ }
  ])
})
