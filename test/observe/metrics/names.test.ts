// The names keep to Prometheus' conventions (https://prometheus.io/docs/practices/naming/), as far as they can be checked,
// and Prometheus' own tool finds nothing wrong with the page.

import { spawnSync } from 'node:child_process'
import t from 'tap'
import { completed, FIELDS, knownMetrics } from './known.ts'
import { routeOf } from '../../support/proxy.ts'
import { LABELS } from '../../support/metrics-page.ts'

const RESERVED = ['le', 'quantile', 'job', 'instance']
const hasPromtool = spawnSync('promtool', ['--version']).status === 0

t.test('names, units, labels and help of every metric keep to the conventions', async (t) => {
  const { descriptions } = knownMetrics(t)
  t.ok(descriptions.length > 40)
  for (const { name, type, help, labels, most } of descriptions) {
    t.match(name, /^(langsmith_proxy|process|nodejs)(_[a-z0-9]+)+$/, name)
    t.equal(name.endsWith('_total'), type === 'counter', `${name}: counters, and they alone, end with _total`)
    t.notMatch(name, /_(ms|milliseconds|minutes|hours|days|kb|kib|mb|percent|count|sum|bucket|gauge|counter|histogram)(_|$)/, `${name}: base units, and no type`)
    t.match(help, /^[A-Z].*\.$/, `${name}: help is a sentence`)
    t.notOk(labels.some((label) => RESERVED.includes(label) || !/^[a-z]+$/.test(label)), `${name}: labels`)
    t.equal(labels.length > 0 || most === 1, true, `${name}: one series without labels`)
    for (const label of labels) t.ok(Object.hasOwn(LABELS, label) || label in { version: 0 }, `${name}: it is said where ${label} comes from`)
    t.notOk(/^langsmith_proxy_.*_info$/.test(name) && type !== 'gauge', `${name}: _info is a gauge`)
  }
  t.equal(new Set(descriptions.map(({ name }) => name)).size, descriptions.length)
  for (const { name, type } of descriptions) if (type === 'histogram') t.match(name, /_seconds$/)
})

t.test('promtool finds nothing wrong with a page on which every metric has a value', { skip: !hasPromtool && 'needs promtool (apt-get install prometheus)' }, async (t) => {
  const route = routeOf({ upstream: 'http://127.0.0.1:9', credential: 'us' })
  const metrics = knownMetrics(t, {
    credentials: () => [{ name: 'us', secretRef: 'env:A', current: route.credential.current === undefined ? undefined : { ...route.credential.current, expiresAt: 2e12 } }],
    ways: () => [{ route, connections: { count: () => ({ open: 2, busy: 1 }) } }],
    budgets: () => [{ credential: 'us', upstream: 'u', budget: 'runs', rate: { count: 10, seconds: 10 }, clients: [{ client: 'a', used: 4 }], waiting: 1, blocked: 1500 }]
  })
  const fields = { ...FIELDS, route: '/', credential: 'us', client: 'ana' }
  const diagnosed = { ...fields, secret_ref: 'env:A', fingerprint: '00000000', excerpt: '', diagnosis: { code: 'key-revoked', summary: 's', causes: [], probed: false } }
  metrics.emit(completed({ client: 'ana', waited_ms: 5 }))
  metrics.emit({ event: 'request.aborted', ...fields, by: 'client', duration_ms: 1, bytes_in: 0, bytes_out: 0 })
  metrics.emit({ event: 'request.denied', ...fields, code: 'rate-limited', status: 429, detail: 'd', hint: 'h' })
  metrics.emit({ event: 'role.would_deny', ...fields, code: 'role-denied', role: 'r', of: 'client', detail: 'd' })
  metrics.emit({ event: 'refusal.diagnosed', ...diagnosed, status: 403 })
  metrics.emit({ event: 'refusal.explained', ...diagnosed, status: 403 })
  metrics.emit({ event: 'answer.diagnosed', ...diagnosed, status: 429 })
  metrics.emit({ event: 'upstream.retried', ...fields, reason: 'ECONNRESET' })
  metrics.emit({ event: 'redirect.foreign', ...fields, target: 'x' })
  metrics.connected('/', { seconds: 0.1, tls: 'TLSv1.3' })
  await metrics.text()
  await new Promise((resolve) => { setTimeout(resolve, 500) }) // until the event loop was looked at
  const text = await metrics.text()
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' })
  t.strictSame({ status, stdout, stderr }, { status: 0, stdout: '', stderr: '' })
  const empty = metrics.descriptions.filter(({ name, type }) => !text.includes(`\n${name}${type === 'histogram' ? '_count' : ''}{`) && !text.includes(`\n${name} `))
  t.strictSame(empty.map(({ name }) => name), [], 'every metric was there')
})
