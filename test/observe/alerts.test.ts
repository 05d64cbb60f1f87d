// config/alerts.yaml: Prometheus takes it, each alert looks at metrics that exist, fires when it should and not before, and
// says what to do.

import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { stringify } from 'yaml'
import { knownMetrics } from './metrics/known.ts'
import { alerts } from '../support/metrics-page.ts'

const FILE = new URL('../../config/alerts.yaml', import.meta.url).pathname
const skip = spawnSync('promtool', ['--version']).status === 0 ? false : 'needs promtool (apt-get install prometheus)'
const DAY = 86_400

/** Series by name and labels, with their values each minute, in promtool's notation: `a+bxn` rises n times. */
interface Case {
  readonly alert: string
  /** When it fires. */
  readonly rising: Readonly<Record<string, string>>
  /** When it must not; a little less. */
  readonly calm: Readonly<Record<string, string>>
  /** Labels of the alert, besides its severity. */
  readonly labels: Readonly<Record<string, string>>
}

const AT = { job: 'langsmith-proxy', instance: 'a' }
const NEVER = '0x60'

function series (name: string, labels: Readonly<Record<string, string>> = {}): string {
  return `${name}{${matchers({ ...AT, ...labels })}}`
}

const p = (name: string, labels?: Readonly<Record<string, string>>): string => series(`langsmith_proxy_${name}`, labels)
const byRoute = { job: AT.job, route: '/' }
const us = { credential: 'us' }
const budget = { ...us, upstream: 'u', budget: 'runs' }
const answered = (status: string): string => p('requests_total', { route: '/', method: 'read', status, source: 'upstream' })
const bucket = (le: string): string => p('upstream_duration_seconds_bucket', { route: '/', le })

const CASES: readonly Case[] = [
  { alert: 'Down', rising: { [series('up')]: '0x60' }, calm: { [series('up')]: '1x60', 'up{job="other",instance="a"}': '0x60' }, labels: AT },
  { alert: 'NoKey', rising: { [p('credential_available', us)]: '0x60' }, calm: { [p('credential_available', us)]: '1x60' }, labels: { ...AT, ...us } },
  { alert: 'KeyExpiresSoon', rising: { [p('credential_expires_timestamp_seconds', us)]: `${13 * DAY}x60` }, calm: { [p('credential_expires_timestamp_seconds', us)]: `${15 * DAY}x60`, [p('credential_expires_timestamp_seconds', { credential: 'eu' })]: `${2 * DAY}x60` }, labels: { ...AT, ...us } },
  { alert: 'KeyExpires', rising: { [p('credential_expires_timestamp_seconds', us)]: `${2 * DAY}x60` }, calm: { [p('credential_expires_timestamp_seconds', us)]: `${4 * DAY}x60` }, labels: { ...AT, ...us } },
  { alert: 'KeyRejected', rising: { [p('credential_rotations_total', { ...us, result: 'reverted' })]: '0x50 1x10' }, calm: { [p('credential_rotations_total', { ...us, result: 'rotated' })]: '0x50 1x10' }, labels: { ...AT, ...us, result: 'reverted' } },
  { alert: 'KeyUnreadable', rising: { [p('credential_rotations_total', { ...us, result: 'failed' })]: '0x50 1x10' }, calm: { [p('credential_rotations_total', { ...us, result: 'failed' })]: '1x60' }, labels: { ...AT, ...us, result: 'failed' } },
  {
    alert: 'OldKeyStillUsed', labels: { ...AT, ...us, version: 'old' },
    rising: { [p('credential_info', { ...us, version: 'new' })]: '1x60', [p('credential_answers_total', { ...us, version: 'old', result: 'accepted' })]: '0+1x60', [p('credential_answers_total', { ...us, version: 'new', result: 'accepted' })]: '0+1x60' },
    calm: { [p('credential_info', { ...us, version: 'new' })]: '1x60', [p('credential_answers_total', { ...us, version: 'old', result: 'accepted' })]: '0+1x30 30x30', [p('credential_answers_total', { ...us, version: 'new', result: 'accepted' })]: '0+1x60' }
  },
  {
    alert: 'ReplicasDifferInKey', labels: { job: AT.job, ...us },
    rising: { [p('credential_info', { ...us, version: 'new' })]: '1x60', [p('credential_info', { ...us, version: 'old', instance: 'b' })]: '1x60' },
    calm: { [p('credential_info', { ...us, version: 'new' })]: '1x60', [p('credential_info', { ...us, version: 'new', instance: 'b' })]: '1x60' }
  },
  { alert: 'RefusalsRising', rising: { [answered('403')]: '0+2x60', [answered('200')]: '0+30x60' }, calm: { [answered('403')]: '0+2x60', [answered('200')]: '0+60x60', 'langsmith_proxy_requests_total{job="langsmith-proxy",route="/eu",status="401",source="upstream"}': '0x50 1x10' }, labels: byRoute },
  {
    alert: 'UpstreamUnreachable', labels: byRoute,
    rising: { [p('upstream_failures_total', { route: '/', code: 'upstream-timeout' })]: '0+2x60', [p('requests_total', { route: '/' })]: '0+10x60' },
    calm: { [p('upstream_failures_total', { route: '/', code: 'upstream-timeout' })]: '0+1x60', [p('requests_total', { route: '/' })]: '0+20x60' }
  },
  { alert: 'UpstreamErrors', rising: { [answered('503')]: '0+2x60', [answered('200')]: '0+30x60' }, calm: { [answered('503')]: '0+2x60', [answered('200')]: '0+60x60' }, labels: byRoute },
  { alert: 'UpstreamSlow', rising: { [bucket('10')]: '0+9x60', [bucket('30')]: '0+10x60', [bucket('+Inf')]: '0+10x60' }, calm: { [bucket('10')]: '0+96x60', [bucket('30')]: '0+100x60', [bucket('+Inf')]: '0+100x60' }, labels: byRoute },
  {
    alert: 'Slow', labels: AT,
    rising: { [p('time_to_first_byte_seconds_sum', { route: '/' })]: '0+10x60', [p('upstream_duration_seconds_sum', { route: '/' })]: '0+6x60', [p('time_to_first_byte_seconds_count', { route: '/' })]: '0+10x60' },
    calm: { [p('time_to_first_byte_seconds_sum', { route: '/' })]: '0+100x60', [p('upstream_duration_seconds_sum', { route: '/' })]: '0+98x60', [p('time_to_first_byte_seconds_count', { route: '/' })]: '0+10x60' }
  },
  { alert: 'BudgetNearlySpent', rising: { [p('budget_used_requests', budget)]: '95x60', [p('budget_limit_requests', budget)]: '100x60' }, calm: { [p('budget_used_requests', budget)]: '90x60', [p('budget_limit_requests', budget)]: '100x60' }, labels: { ...AT, ...budget } },
  { alert: 'PacingHolds', rising: { [p('pacing_waiting_requests', budget)]: '1x60' }, calm: { [p('pacing_waiting_requests', budget)]: '1x50 0x10' }, labels: { ...AT, ...us, budget: 'runs' } },
  { alert: 'RecordIncomplete', rising: { [p('audit_lines_lost_total')]: '0x55 3x5', [p('log_lines_lost_total')]: NEVER }, calm: { [p('audit_lines_lost_total')]: '3x60' }, labels: AT },
  { alert: 'RedisDown', rising: { [p('redis_up')]: '0x60' }, calm: { [p('redis_up')]: '1x60' }, labels: AT },
  { alert: 'CertificateExpires', rising: { [p('certificate_expires_timestamp_seconds')]: `${6 * DAY}x60` }, calm: { [p('certificate_expires_timestamp_seconds')]: `${8 * DAY}x60` }, labels: AT },
  { alert: 'FileRejected', rising: { [p('reloads_total', { file: 'clients', result: 'rejected' })]: '0x55 1x5' }, calm: { [p('reloads_total', { file: 'clients', result: 'used' })]: '0x55 1x5' }, labels: { ...AT, file: 'clients', result: 'rejected' } },
  { alert: 'EventLoopBlocked', rising: { [series('nodejs_eventloop_lag_p99_seconds')]: '0.3x60' }, calm: { [series('nodejs_eventloop_lag_p99_seconds')]: '0.1x60', 'nodejs_eventloop_lag_p99_seconds{job="other"}': '9x60' }, labels: AT },
  { alert: 'OutOfDescriptors', rising: { [p('descriptors_exhausted_total')]: '0x55 1x5' }, calm: { [p('descriptors_exhausted_total')]: '1x60' }, labels: AT },
  { alert: 'Defect', rising: { [p('internal_errors_total')]: '0x30 1x30' }, calm: { [p('internal_errors_total')]: NEVER }, labels: AT }
]

t.test('each alert says in a sentence what is wrong and what to do, and has a severity', async (t) => {
  for (const { alert, labels, annotations: { summary, description } } of alerts()) {
    t.match(alert, /^LangsmithProxy[A-Z][A-Za-z]+$/)
    t.match(labels.severity, /^(page|ticket)$/, alert)
    t.ok(summary.length > 20 && !summary.endsWith('.'), `${alert}: summary`)
    t.ok(description.length > 40 && description.endsWith('.'), `${alert}: description`)
  }
})

t.test('the alerts look at metrics that exist, with labels that they have', async (t) => {
  const known = new Map(knownMetrics(t).descriptions.map(({ name, labels }) => [name, labels]))
  for (const { alert, expr, annotations } of alerts()) {
    const named = [...`${expr} ${annotations.description}`.matchAll(/\b((?:langsmith_proxy|nodejs|process)_[a-z0-9_]+)(?:\{([^}]*)\})?/g)]
    t.ok(named.length > 0 || alert === 'LangsmithProxyDown', alert)
    for (const [, name = '', matchers = ''] of named) {
      const labels = known.get(name.replace(/_(bucket|sum|count)$/, '')) ?? known.get(name)
      t.ok(labels, `${alert}: ${name}`)
      for (const [, label = ''] of matchers.matchAll(/([a-z]+)(?:=|!)/g)) t.ok([...labels ?? [], 'job'].includes(label), `${alert}: ${label}`)
    }
  }
})

t.test('every alert has its case', async (t) => {
  t.strictSame(CASES.map(({ alert }) => `LangsmithProxy${alert}`), alerts().map(({ alert }) => alert))
})

t.test('promtool takes the rules', { skip }, async (t) => {
  const { status, stdout } = spawnSync('promtool', ['check', 'rules', FILE], { encoding: 'utf8' })
  t.match({ status, stdout }, { status: 0, stdout: `${CASES.length} rules found` })
})

for (const { alert, rising, calm, labels } of CASES) {
  t.test(`${alert} fires when it should, and not before`, { skip }, async (t) => {
    const severity = alerts().find((one) => one.alert === `LangsmithProxy${alert}`)?.labels.severity ?? ''
    const file = join(t.testdir(), 'case.yaml')
    t.equal(verdictOn(file, alert, rising, { ...labels, severity }), 'SUCCESS')
    t.equal(verdictOn(file, alert, calm, undefined), 'SUCCESS')
  })
}

/** What promtool says of a case. @param labels - Of the alert that fires after an hour; undefined where none should. */
function verdictOn (file: string, alert: string, values: Readonly<Record<string, string>>, labels: Readonly<Record<string, string>> | undefined): string {
  const chosen = { alertname: `LangsmithProxy${alert}`, alertstate: 'firing' }
  const samples = labels === undefined ? [] : [{ labels: `ALERTS{${matchers({ ...chosen, ...labels })}}`, value: 1 }]
  writeFileSync(file, stringify({
    rule_files: [FILE], evaluation_interval: '1m',
    tests: [{
      interval: '1m',
      input_series: Object.entries(values).map(([name, numbers]) => ({ series: name, values: numbers })),
      promql_expr_test: [{ expr: `ALERTS{${matchers(chosen)}}`, eval_time: '1h', exp_samples: samples }]
    }]
  }))
  const { stdout, stderr } = spawnSync('promtool', ['test', 'rules', file], { encoding: 'utf8' })
  return `${stdout}${stderr}`.replace(/^Unit Testing: .*$/m, '').trim()
}

function matchers (labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels).map(([label, value]) => `${label}="${value}"`).join(',')
}
