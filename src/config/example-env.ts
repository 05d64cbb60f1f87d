// config/example.env: every variable with its default, commented out.

import { listSettings, PLAIN_VARIABLES } from './settings.ts'

const HEAD = `# Every variable of langsmith-proxy, with its default. Take out the "#" of those you need.
# An empty variable counts as not set. Lists are separated by commas.
# Keep real keys out of files that other people can read: chmod 600 on your copy.
`

/** The text of config/example.env. */
export function renderExampleEnv (): string {
  const plain = PLAIN_VARIABLES.map(({ variable, description }) => entry([description], variable, ''))
  const settings = listSettings().flatMap(({ variable, shortVariable, description, type, default: value }) => {
    if (variable === undefined) return []
    const short = shortVariable === undefined ? [] : [`Also as ${shortVariable}.`]
    return [entry([description, `Must be ${type}.`, ...short], variable, value === '[]' ? '' : value ?? '')]
  })
  return [HEAD, ...plain, ...settings].join('\n')
}

function entry (comments: readonly string[], variable: string, value: string): string {
  return `${comments.map((comment) => `# ${comment}\n`).join('')}# ${variable}=${value}\n`
}
