// docs/roles.md: what each role may do, made by asking the judge about every operation that is known.

import { OPERATIONS } from './operations.ts'
import type { Operation } from './operations.ts'
import { table } from './page.ts'
import { closedEndpoint } from '../../src/access/closed.ts'
import { BUILT_IN_ROLES, DELETING_WORDS } from '../../src/access/roles/built-in.ts'
import { judgeRole } from '../../src/access/roles/judge.ts'

const SHOWN = ['no-delete', 'read-only', 'ingest-only'] as const

const READING = `\
A role says what a caller may do. It belongs to a client key, or, as \`policy\`, to a route and then to all who use it, also without a key;
where both are set, both must allow a request. What a role denies is answered with 403 \`role-denied\` and does not reach LangSmith.
What the LangSmith key itself may do is another matter: LangSmith judges that.

| Role | May |
| --- | --- |
| \`full\` | everything but [closed endpoints](closed-endpoints.md) |
| \`no-delete\` | all of that, but no DELETE, and no POST, PUT or PATCH that deletes or shortens how long data is kept |
| \`read-only\` | GET, HEAD and OPTIONS of what is known to read, and the POSTs that only ask; not what hands out credentials |
| \`ingest-only\` | record runs and feedback (SDKs, OTLP), and \`GET /info\`, which SDKs ask for at their start |
| \`admin\` | as \`full\`, and the pages of the proxy below \`/-/\` |

\`read-only\` and \`ingest-only\` deny what is not known to be allowed; \`read-only\` knows a GET by its family (\`/runs\`, \`/datasets\` …), so that new ways of
reading work. \`no-delete\` allows what it does not know, unless it looks like a delete: a segment with *delete* in it, or a segment
that is one of ${DELETING_WORDS.map((word) => `*${word}*`).join(', ')}. So it does not push to a prompt whose name has *delete* in it.

## How a request is judged

- On the path that would be forwarded, after the prefix of the route is cut off and [OTLP spellings](routing.md) are mapped. The query is not looked at.
- \`/runs\`, \`/api/v1/runs\`, \`/v2/runs\` and \`/v1/platform/runs\` are one thing, in any letter case, with or without a slash at the end.
- A path that could be read in two ways (an escaped letter or slash, \`%25\`, \`;\`, an empty segment, a blank at an edge) is denied by every role that
  does not allow everything.
- Bodies are not looked at. What is set by a field, such as \`trace_tier\` of a project, a role cannot tell apart.
- Closed endpoints stay closed for all roles, \`admin\` included, until a route [opens them](closed-endpoints.md).

## Roles of your own

\`\`\`yaml
roles:
  evaluator:
    mode: report             # first look what it would deny; without this line it denies
    allow: ["GET /info", "GET /sessions/**", "GET /runs/*", "POST /runs/query", "* /datasets/**", "* /examples/**", "POST /feedback"]
    deny: ["DELETE /**", "PUT /datasets/*/share"]
routes:
  - { prefix: /, region: us, credential: us, policy: evaluator }
\`\`\`

What \`allow\` does not name is denied, and \`deny\` wins. A line is a method, or \`*\` for all, and a path without \`/api\`, version and \`/platform\`.
\`*\` is any text within a segment, \`**\` any number of segments, also none. \`GET\` is HEAD and OPTIONS too. The names above are taken.
With \`mode: report\` everything passes, and the log says \`role.would_deny\` where the role would have denied; the same one again is counted for ten seconds.`

/** The whole page, but for the mark that says it is generated. */
export function rolesPage (): readonly string[] {
  return [
    ...READING.split('\n'),
    '',
    '## Each operation',
    '',
    'All operations of LangSmith\'s published OpenAPI document (a copy of May 2026), then those that its SDKs have beside them (August 2026).',
    '`full` and `admin` may do all of it. *Closed* names the closed endpoint that comes before any role.',
    '',
    ...table(['Method', 'Path', ...SHOWN.map((name) => `\`${name}\``), 'Closed'], OPERATIONS.map(row))
  ]
}

function row ({ method, path, sent }: Operation): readonly string[] {
  const closed = closedEndpoint(method, sent)
  return [method, `\`${path}\``, ...SHOWN.map((name) => allows(name, method, sent) ? 'yes' : '–'), closed === undefined ? '' : `\`${closed}\``]
}

/** Whether a built-in role allows it. */
export function allows (name: string, method: string, path: string): boolean {
  const role = BUILT_IN_ROLES.get(name)
  if (role === undefined) throw new Error(`no role ${name}`)
  return judgeRole(role, method, path) === undefined
}
