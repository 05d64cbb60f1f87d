// The settings of TLS and of trusted proxies, and where the proxy may listen with them.

import t from 'tap'
import { inNetworks, parseNetwork } from '../../src/config/networks.ts'
import { failure, load, ONE_ROUTE } from './load-settings.ts'

const TLS = 'tls: { cert: tls.crt, key: keys/tls.key }'

t.test('half of a pair, and TLS on a Unix socket, are refused', async (t) => {
  t.match(failure(t, { file: `listen: { tls: { cert: a } }${ONE_ROUTE}` }), { code: 'config-invalid', message: 'config.yaml:1 listen.tls.cert: does nothing without listen.tls.key; set that, too' })
  t.match(failure(t, { env: { LANGSMITH_PROXY_LISTEN_TLS_KEY: 'a' } }).message, /^LANGSMITH_PROXY_LISTEN_TLS_KEY: does nothing without listen\.tls\.cert/)
  t.match(failure(t, { file: `listen: { socket: /tmp/a, ${TLS} }${ONE_ROUTE}` }).message, /listen\.tls\.cert: does nothing on a Unix socket/)
  t.match(failure(t, { file: `listen: { tls: { cert: "", key: b } }${ONE_ROUTE}` }).message, /listen\.tls\.cert: must be a path/)
})

t.test('the files are relative to the config; without them there is no TLS', async (t) => {
  t.match(load(t, { file: `listen: { ${TLS} }${ONE_ROUTE}` }).listen.tls, { cert: /\/tls\.crt$/, key: /^\/.*\/keys\/tls\.key$/ })
  t.strictSame(load(t, { env: { LANGSMITH_PROXY_LISTEN_TLS_CERT: '/a', LANGSMITH_PROXY_LISTEN_TLS_KEY: '/b' } }).listen.tls, { cert: '/a', key: '/b' })
  t.equal(load(t, { file: ONE_ROUTE }).listen.tls, undefined)
})

t.test('beyond this machine, TLS is enough with client keys, and not without', async (t) => {
  t.match(failure(t, { file: `listen: { host: 0.0.0.0, ${TLS} }${ONE_ROUTE}` }), { code: 'listen-refused', message: /everyone who reaches the port could use your keys/, hint: /clients add.*listen\.tls/ })
  t.match(failure(t, { file: `listen: { host: 0.0.0.0 }\nclients: { required: true }${ONE_ROUTE}` }), { code: 'listen-refused', hint: /listen\.tls/ })
  t.strictSame(load(t, { file: `listen: { host: 0.0.0.0, ${TLS} }\nclients: { required: true }${ONE_ROUTE}` }).notices, [])
  t.match(load(t, { file: `listen: { host: 0.0.0.0, allowUnauthenticated: true, ${TLS} }${ONE_ROUTE}` }).notices, [{ code: 'listen-unauthenticated' }])
  t.strictSame(load(t, { file: `listen: { ${TLS} }${ONE_ROUTE}` }).notices, [], 'on loopback nobody else comes')
})

t.test('a trusted proxy is an address or a network, and lets others in, so client keys are needed', async (t) => {
  const keys = '\nclients: { required: true }'
  for (const wrong of ['proxy.example.com', '10.0.0.0/33', '10.0.0/8', '1.2.3.4/', '::ffff:10.0.0.0/8', 'fe80::1%eth0', '::1/129', '1.2.3.4/-1', '*', '']) {
    t.match(failure(t, { file: `listen: { trustedProxies: ["${wrong}"] }${keys}${ONE_ROUTE}` }), { code: 'config-invalid', message: /^config\.yaml:1 listen\.trustedProxies(\[0\]|\.0): must be an address such as 192\.0\.2\.1, or a network/ }, wrong)
  }
  t.match(failure(t, { file: `listen: { trustedProxies: canary }${keys}${ONE_ROUTE}` }).message, /trustedProxies: must be a list of addresses and networks/)
  t.match(failure(t, { file: `listen: { trustedProxies: [10.0.0.1] }${ONE_ROUTE}` }), { code: 'listen-refused', message: /^config\.yaml:1 listen\.trustedProxies: needs clients\.required: true/ })
  t.strictSame(load(t, { file: `listen: { trustedProxies: [10.0.0.1, "fd00::/8"] }${keys}${ONE_ROUTE}` }).listen.trustedProxies, ['10.0.0.1', 'fd00::/8'])
  t.strictSame(load(t, { env: { LANGSMITH_PROXY_LISTEN_TRUSTED_PROXIES: '10.0.0.1, ::1', LANGSMITH_PROXY_CLIENTS_REQUIRED: 'true' } }).listen.trustedProxies, ['10.0.0.1', '::1'])
  t.match(load(t, { file: `listen: { socket: /tmp/a, trustedProxies: [10.0.0.1] }${ONE_ROUTE}` }).notices, [{ code: 'listen-address-unused', message: /trustedProxies: does nothing/ }])
})

t.test('IPv4 in the form of IPv6 is IPv4', async (t) => {
  t.strictSame(parseNetwork('::ffff:10.0.0.0/104'), { address: '10.0.0.0', prefix: 8, family: 'ipv4' })
  t.strictSame(parseNetwork('::FFFF:A00:1'), { address: '10.0.0.1', prefix: 32, family: 'ipv4' })
  t.strictSame(parseNetwork('2001:DB8::/32'), { address: '2001:db8::', prefix: 32, family: 'ipv6' })
  const isIn = inNetworks(['10.0.0.0/8', '2001:db8::/32', '192.0.2.7'])
  for (const address of ['10.255.0.1', '2001:db8:ffff::1', '192.0.2.7', '::ffff:10.0.0.1', '::ffff:a00:1']) t.equal(isIn(address), true, address)
  for (const address of ['11.0.0.1', '2001:db9::1', '192.0.2.8', '', 'x', '10.0.0.1/8', '::10.0.0.1']) t.equal(isIn(address), false, address)
  t.equal(inNetworks([])('10.0.0.1'), false)
})
