// docs/diagnosis.md: how to read a diagnosis, and every code with what it rests on. Made from the rules themselves.

import { existsSync, readFileSync } from 'node:fs'
import type { Rule } from '../../src/diagnosis/diagnosis.ts'
import { NO_RULE } from '../../src/diagnosis/no-rule.ts'
import { RULES } from '../../src/diagnosis/rules.ts'

const PAGE = new URL('../../docs/diagnosis.md', import.meta.url)

// The table between these marks is measured, not derived: it takes a sandbox and many proxies. What stands there is kept.
const ACCURACY_START = '<!-- accuracy: start (confusionSection of test/support/confusion.ts) -->'
const ACCURACY_END = '<!-- accuracy: end -->'

const ANSWERS: Readonly<Record<Rule['answers'], string>> = { refusals: '401, 403', others: 'other answers', all: 'all answers' }

const READING = `\
When LangSmith answers 401 or 403, its status and body reach your tool unchanged. The proxy adds what it knows:

| Where | What |
| --- | --- |
| header \`x-langsmith-proxy-diagnosis\` | the code, such as \`workspace-required\` |
| reason phrase | \`403 Forbidden (langsmith-proxy: workspace-required)\`: wget, Python's \`raise_for_status\` and others print it |
| log, \`refusal.diagnosed\` | the code, one sentence, and all causes, each with \`confidence\` and \`fix\` |
| log, \`refusal.explained\` | the same once more, after read-only calls have shown which cause it is |
| \`curl localhost:5764/-/refusals\` | the last refusals with their causes, the newest first |
| \`langsmith-proxy explain METHOD PATH\` | what happens to such a call; with \`--send\` it is sent and its answer explained |
| \`langsmith-proxy doctor\` | looks at settings, network, key, workspace and limits of each route |

Other answers (400, 404, 405, 407, 409, 413, 422, 429, a web page instead of JSON) are left as they are; where their cause is known,
the log says so (\`answer.diagnosed\`). Ordinary mistakes of a caller are not commented on.

**Confidence.** *Certain*: LangSmith or the settings say so, or read-only calls have shown it. *Likely*: one thing points there and nothing
speaks against it. *Possible*: it fits, as others do. Beside a certain cause, the merely possible ones are left out. What nobody has
confirmed (*concluded* below) is never more than possible, and comes last, unless read-only calls show it.

**Why the code is often general.** To an unknown key, a deleted one, a foreign workspace and a missing permission LangSmith says the same:
\`Forbidden\`. As long as all causes are merely possible, the code is one of these two, and the causes are listed with the most usual first:

| Code | Meaning |
| --- | --- |
| \`key-or-workspace-refused\` | LangSmith refused and gave no reason that is known here |
| \`undetermined\` | the answer does not show why, or may not be LangSmith's at all |

Words of LangSmith that are not known here are in the excerpt, for you to read; if they speak of an end, an allowlist or a permission, that cause comes first.

**Read-only calls.** With \`diagnosis.probe: same-host\` (the default) the proxy then asks the host that refused a few questions
(\`GET /api/v1/info\`, \`/workspaces\`, \`/sessions?limit=1\`, \`/orgs/current/info\`, \`/workspaces/current/usage_limits\`), at most once in ten minutes for each
credential (a changed key, workspace or upstream counts anew, at most six times) and never on a request's own time. \`regions\` also asks the other LangSmith regions, which sends them the key; \`off\` asks nobody.
What was found proves something for a minute; after that it makes a cause likely at most, and the message says how old it is. An answer that
contradicts it ends it at once, and until the ten minutes are over the diagnosis rests on what has worked and what has been refused.`

/** The whole page, but for the mark that says it is generated. */
export function diagnosisPage (): readonly string[] {
  return [
    ...READING.split('\n'),
    '',
    '## Codes',
    '',
    '| Code | About | What it means |',
    '| --- | --- | --- |',
    ...RULES.map(({ code, answers, means }) => `| [\`${code}\`](#${code}) | ${ANSWERS[answers]} | ${cell(means)} |`),
    '',
    ...RULES.flatMap(entry),
    '## Not diagnosed, and why',
    '',
    'Rows of [langsmith-api.md](langsmith-api.md), section 4.3, without a rule.',
    '',
    '| Row | Why |',
    '| --- | --- |',
    ...Object.entries(NO_RULE).map(([row, why]) => `| ${row} | ${cell(why)} |`),
    '',
    '## How often it is right',
    '',
    ACCURACY_START,
    ...accuracyLines(),
    ACCURACY_END
  ]
}

function entry ({ code, basis, rows, seen, means, remedy, sureness, sources }: Rule): readonly string[] {
  const basedOn = basis === 'inferred' ? ' (concluded, not confirmed)' : ''
  const from = rows.length === 0 ? 'none' : rows.join(', ')
  return [
    `### ${code}`,
    '',
    `- **Seen**: ${seen}`,
    `- **Means**: ${means}`,
    `- **Do**: ${remedy}`,
    `- **Confidence**${basedOn}: ${sureness}`,
    `- **Rows** of langsmith-api.md, 4.3: ${from}. **Sources**: ${sources.map((source) => source.startsWith('https://') ? `<${source}>` : source).join(', ')}`,
    ''
  ]
}

/** The lines between the marks as the page has them now; generate.ts measures them. */
export function accuracyLines (): readonly string[] {
  if (!existsSync(PAGE)) return []
  const lines = readFileSync(PAGE, 'utf8').split('\n')
  const [start, end] = [lines.indexOf(ACCURACY_START), lines.indexOf(ACCURACY_END)]
  return start === -1 || end < start ? [] : lines.slice(start + 1, end)
}

/** The page with other lines between the marks. */
export function withAccuracy (page: string, lines: readonly string[]): string {
  const [before = '', after = ''] = [page.split(ACCURACY_START)[0], page.split(ACCURACY_END)[1]]
  return [before + ACCURACY_START, ...lines, ACCURACY_END + after].join('\n')
}

function cell (text: string): string {
  return text.replaceAll('|', '\\|')
}
