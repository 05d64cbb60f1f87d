// docs/metrics.md: made from the metrics themselves and from config/alerts.yaml.

import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { table } from './page.ts'
import { createMetrics } from '../../src/observe/metrics.ts'
import type { MetricDescription } from '../../src/observe/metrics/book.ts'

/** Where the values of each label come from. */
export const LABELS: Readonly<Record<string, string>> = {
  route: 'prefix of a route of the config; empty for the pages of the proxy, and where no route was reached',
  client: 'name of a client of the clients file; not there for who showed no client key',
  credential: 'name of a credential of the config',
  upstream: 'host of a route of the config',
  version: 'of a credential: fingerprint of its key; in `langsmith_proxy_build_info`: of the proxy',
  method: '`read` (GET, HEAD, OPTIONS), `write` (POST, PUT, PATCH), `delete`, `other` (what is not forwarded); of the method alone, so `POST /runs/query` is `write`',
  status: 'of the answer',
  source: 'who answered: `upstream` (LangSmith) or `proxy`',
  code: 'for refusals and answers of LangSmith: the most likely cause ([diagnosis.md](diagnosis.md)); else why the proxy said no ([errors.md](errors.md))',
  by: 'who broke off: `client`, `upstream` or `proxy`',
  result: 'of an answer to a key: `accepted`, `refused` (401, 403), `failed` (5xx); of a new key: `rotated`, `rejected` (the one before stays), `reverted` (the one before is back), `failed` (not readable); of a file: `used`, `rejected`',
  budget: 'one of LangSmith\'s budgets ([pacing.md](pacing.md))',
  region: '`us`, `eu`, `apac`, `aws`; empty for a self-hosted LangSmith',
  state: '`busy` or `idle`',
  tls: '`TLSv1.2`, `TLSv1.3`, or `none`',
  file: '`config`, `clients` or `certificate`',
  node: 'version of Node.js'
}

interface Alert {
  readonly alert: string
  readonly expr: string
  readonly for?: string
  readonly labels: { readonly severity: string }
  readonly annotations: { readonly summary: string, readonly description: string }
}

/** The rules of config/alerts.yaml. */
export function alerts (): readonly Alert[] {
  const { groups } = parse(readFileSync(new URL('../../config/alerts.yaml', import.meta.url), 'utf8')) as { readonly groups: readonly { readonly rules: readonly Alert[] }[] }
  return groups.flatMap(({ rules }) => rules)
}

export function metricsPage (): readonly string[] {
  const metrics = allMetrics()
  const lines = metrics.reduce((sum, { most, lines }) => sum + most * lines, 0)
  return [
    'What `/-/metrics` shows, in the text format of Prometheus, and the alerts about it. How to scrape it, and who may: [scraping.md](scraping.md).',
    '',
    '## Metrics',
    '',
    ...table(['Name', 'Type', 'Labels', 'At most', 'What it says'], metrics.map(({ name, type, labels, most, help }) => [code(name), type, labels.map(code).join(', '), String(most), help])),
    '',
    ...bounds(lines),
    '',
    '## Labels',
    '',
    ...table(['Label', 'Values'], usedLabels(metrics).map((label) => [code(label), LABELS[label] ?? ''])),
    '',
    '## Alerts',
    '',
    'In [config/alerts.yaml](../config/alerts.yaml), which is in the package, too: name it under `rule_files`. `page` is for now, `ticket` for working hours.',
    '',
    ...table(['Alert', 'Severity', 'After', 'What to do'], alerts().map(({ alert, labels: { severity }, annotations: { description }, ...rest }) => [code(alert), severity, rest.for ?? 'at once', plain(description)]))
  ]
}

function bounds (lines: number): readonly string[] {
  return [
    '"At most" is how many series a process may have of it; a series of a histogram has 16 lines. All of them together, with every bound reached, are',
    `${lines.toLocaleString('en')} lines; one route, one key and no client keys make some 120. No path, query, header, body or address of a client is a label. Names of the config`,
    'that a reload took away stay until the next start, with what was counted. From nine tenths of the bound on, names that come anew are counted together, as `(other)`,',
    'and at the bound all the rest is. Of values that are read from elsewhere (budgets, routes, credentials in use), those of the config now are shown.',
    'Counters begin again with 0 at a start. Each replica counts for itself.'
  ]
}

/** Every metric there can be. */
function allMetrics (): readonly MetricDescription[] {
  const zero = (): number => 0
  const none = (): readonly never[] => []
  const metrics = createMetrics({
    build: { version: '', node: '' }, maskText: (text) => text, inFlight: zero, lostLines: zero, lostAuditLines: zero, credentials: none, ways: none, budgets: none, now: zero,
    processUse: () => ({ residentBytes: 0, heapBytes: 0, externalBytes: 0, cpuSeconds: 0 })
  })
  metrics.close()
  return metrics.descriptions
}

function usedLabels (metrics: readonly MetricDescription[]): readonly string[] {
  return [...new Set(metrics.flatMap(({ labels }) => labels))]
}

/** Without what Prometheus fills in. */
function plain (text: string): string {
  return text.replace(/\{\{ \$labels\.(\w+) \}\}/g, (_, label: string) => code(label))
}

function code (text: string): string {
  return `\`${text}\``
}
