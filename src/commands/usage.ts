// `usage`: who used the shared keys since the proxy started, and what is left of LangSmith's budgets now.

import { ageInWords } from './age-in-words.ts'
import { columns } from './columns.ts'
import { textFlag } from './command.ts'
import type { Command } from './command.ts'
import { mainAddress } from './own-address.ts'
import { clientKeyIn, readOwnPage } from './own-page.ts'
import { readConfig } from './prepare.ts'
import { usagePageIn } from './usage-page-in.ts'
import type { UsagePage } from '../admin/usage-page.ts'
import { ProxyError } from '../errors.ts'
import { bytesInWords } from '../observe/amounts.ts'
import { visible } from '../observe/visible.ts'

type Row = UsagePage['usage'][number]
type By = 'client' | 'route' | 'path'

const BY: readonly By[] = ['client', 'route', 'path']
const NO_KEY = '(no client key)'
/** Of a budget, in the table. */
const MOST_SPENDERS = 3

export const usage: Command = {
  name: 'usage',
  summary: 'show who used the shared keys, and what is left of LangSmith\'s budgets',
  usage: '[--by client|route|path] [--json] [--config FILE]',
  help: [
    '  --by WHAT          one line for each client (usual), route or path',
    '  --json             the page /-/usage as it is',
    '  --config FILE      of the proxy, as for start',
    '  --host HOST        where it listens, if not where the settings say',
    '  --port PORT        the same',
    '',
    'REFUSED counts answers with 401 and 403, 429 those of LangSmith, HELD BACK those of the proxy. What it asks is the running',
    'proxy, which counts in memory since its start. Where client keys are required, put the key of a client with the role admin',
    'into LANGSMITH_API_KEY. docs/pacing.md explains the budgets.'
  ],
  options: { config: { type: 'string' }, host: { type: 'string' }, port: { type: 'string' }, by: { type: 'string' }, json: { type: 'boolean' } },
  async run (context) {
    const { env, flags, print } = context
    const by = byOf(textFlag(flags, 'by'))
    const { listen } = readConfig(context)
    const address = mainAddress(listen)
    const page = address === undefined ? undefined : await readOwnPage(address, '/-/usage', clientKeyIn(env))
    if (page === undefined) throw new ProxyError('not-ready', 'no langsmith-proxy answers where the config says that it listens', { hint: 'start it, or name its --config or --port' })
    if (page.status === 401 || page.status === 403) throw new ProxyError('not-ready', 'the proxy shows its usage to admins only', { hint: 'put the client key of one (langsmith-proxy clients add NAME --role admin) into LANGSMITH_API_KEY for this command' })
    const read = page.status === 200 ? usagePageIn(page.text) : undefined
    if (read === undefined) throw new ProxyError('not-ready', 'what answers there has no page of usage', { hint: 'if the proxy there is an older version, restart it with this one' })
    print(flags.json === true ? page.text : asText(read, by, Date.now()))
    return 0
  }
}

function byOf (text = 'client'): By {
  const by = BY.find((known) => known === text)
  if (by === undefined) throw new ProxyError('usage-invalid', `--by takes ${BY.join(', ')}`)
  return by
}

function asText ({ since, usage: rows, budgets }: UsagePage, by: By, now: number): string {
  const head = `since the proxy started, ${ageInWords(now - Date.parse(since))} ago; it forgets when it ends\n\n`
  if (rows.length === 0) return `${head}no request has reached a route yet\n`
  const table = columns([[by.toUpperCase(), 'REQUESTS', 'SENT', 'RECEIVED', 'REFUSED', '429', 'HELD BACK'], ...summed(rows, by)].map(shown))
  return `${head}${table.join('\n')}\n\n${budgetsAsText(budgets)}\n`
}

function budgetsAsText (budgets: UsagePage['budgets']): string {
  const inUse = budgets.filter(({ used, waiting, blocked_s: blocked }) => used > 0 || waiting > 0 || blocked > 0)
  if (inUse.length === 0) return 'nothing is spent of LangSmith\'s budgets just now'
  const rows = inUse.map(({ credential, path, limit, seconds, used, clients, waiting, blocked_s: blocked }) => [
    credential, path, limit === null ? 'not known' : `${String(limit)} in ${String(seconds)} s`, limit === null ? String(used) : percent(used / limit),
    clients.toSorted((a, b) => b.used - a.used).slice(0, MOST_SPENDERS).map(({ client, used: own }) => `${client} ${percent(own / used)}`).join(', '),
    blocked > 0 ? `LangSmith said 429, ${String(blocked)} s to go` : waiting > 0 ? `${String(waiting)} wait` : ''
  ])
  return columns([['KEY', 'BUDGET', 'LIMIT', 'SPENT', 'BY', ''], ...rows].map(shown)).join('\n')
}

/** The proxy's own names have no control characters, but another program may answer in its place. */
function shown (cells: readonly string[]): readonly string[] {
  return cells.map(visible)
}

function percent (part: number): string {
  return `${(part * 100).toFixed(0)} %`
}

function summed (rows: readonly Row[], by: By): readonly string[][] {
  const nameOf = (row: Row): string => by === 'client' ? row.client ?? NO_KEY : row[by]
  const sums = [...new Set(rows.map(nameOf))].map((name) => {
    const own = rows.filter((row) => nameOf(row) === name)
    const sum = (count: (row: Row) => number): number => own.reduce((total, row) => total + count(row), 0)
    return {
      name, requests: sum((row) => row.requests), sent: sum((row) => row.bytes_in), received: sum((row) => row.bytes_out),
      refused: sum((row) => row.refused), tooMany: sum((row) => row.too_many), held: sum((row) => row.held)
    }
  })
  return sums.sort((a, b) => b.requests - a.requests).map(({ name, requests, sent, received, refused, tooMany, held }) => [
    name, String(requests), bytesInWords(sent), bytesInWords(received), String(refused), String(tooMany), String(held)
  ])
}
