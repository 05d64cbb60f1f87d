// The files that are made from the schema and the tables: config/ for editors, docs/ for people. Written by
// "npm run generate"; test/docs.test.ts fails when one is not current.

import { CLOSED_ENDPOINTS } from '../../src/access/endpoints.ts'
import { renderExampleEnv } from '../../src/config/example-env.ts'
import { renderJsonSchema } from '../../src/config/json-schema.ts'
import { listSettings, PLAIN_VARIABLES } from '../../src/config/settings.ts'
import { EXIT_ERRORS, HTTP_ERRORS } from '../../src/errors.ts'
import { diagnosisPage } from './catalogue.ts'
import { metricsPage } from './metrics-page.ts'
import { page, table } from './page.ts'
import { rolesPage } from './roles-page.ts'

/** Content by path, relative to the repository. */
export function generatedFiles (): ReadonlyMap<string, string> {
  return new Map([
    ['config/schema.json', renderJsonSchema()],
    ['config/example.env', renderExampleEnv()],
    ['docs/settings.md', settingsPage()],
    ['docs/errors.md', errorsPage()],
    ['docs/closed-endpoints.md', closedEndpointsPage()],
    ['docs/roles.md', page('Roles', rolesPage())],
    ['docs/diagnosis.md', page('Diagnosis', diagnosisPage())],
    ['docs/metrics.md', page('Metrics', metricsPage())]
  ])
}

function settingsPage (): string {
  const settings = listSettings()
  return page('Settings', [
    'A flag wins over a variable, a variable over the file, the file over the default.',
    'The file is `--config FILE`, else `LANGSMITH_PROXY_CONFIG`, else `~/.config/langsmith-proxy/config.yaml`; `config/schema.json` lets editors complete and check it.',
    'Durations are written like `500ms`, `10s`, `5m` or `1h`. Lists in a variable are separated by commas. An empty variable counts as not set.',
    '',
    '## In the file, or as a variable',
    '',
    ...table(['Setting', 'Variable', 'Accepted', 'Default', 'Meaning'], settings.map((setting) => [
      code(setting.path), [setting.variable, setting.shortVariable].filter((name) => name !== undefined).map(code).join(', '),
      setting.type, setting.default === undefined ? '' : code(setting.default), setting.description
    ])),
    '',
    '## Without a file',
    '',
    ...table(['Variable', 'Meaning'], PLAIN_VARIABLES.map(({ variable, description }) => [code(variable), description]))
  ])
}

function errorsPage (): string {
  return page('Errors', [
    'Codes are never renamed, so scripts may rely on them.',
    '',
    '## Answers of the proxy itself',
    '',
    '`application/problem+json` with `title`, `status`, `code`, `detail`, `hint` and `requestId`; the header `x-langsmith-proxy: proxy; code=CODE`;',
    'the code also stands in the reason phrase. Everything else comes from LangSmith and says `x-langsmith-proxy: upstream`.',
    '',
    ...table(['Code', 'Status', 'What to do'], Object.entries(HTTP_ERRORS).map(([name, { status, hint }]) => [code(name), String(status), hint])),
    '',
    '## Errors of commands',
    '',
    'On stderr, `error: …` and `hint: …`; several mistakes are set in below the first line. Exit code 1: failed at run time; 2: usage, settings or secrets; 126 and 127: the command of `run` cannot be run, or is not there; 130 and 143: cut by a second signal.',
    '',
    ...table(['Code', 'Exit code', 'What to do'], Object.entries(EXIT_ERRORS).map(([name, { exit, hint }]) => [code(name), String(exit), hint]))
  ])
}

function closedEndpointsPage (): string {
  return page('Closed endpoints', [
    'These endpoints of LangSmith hand out credentials or lasting rights. The proxy adds a key for everybody who may call it, so it keeps',
    'them closed (403 `endpoint-closed`). A route opens them by name: `open: [members]`.',
    '',
    'They are recognised with or without `/api` and a version before them, in any letter case and any escaped spelling. `*` is any one',
    'segment; what is below a path is closed too. Reading (GET, HEAD, OPTIONS) stays open where the last column says so.',
    '',
    ...table(['Name', 'Paths', 'Reading'], Object.entries(CLOSED_ENDPOINTS).flatMap(([name, endpoints]) =>
      endpoints.map((endpoint) => [code(name), code(`/${endpoint.path}`), 'reads' in endpoint ? 'closed' : 'open'])
    ))
  ])
}

function code (text: string): string {
  return `\`${text}\``
}
