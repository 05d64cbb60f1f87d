// The operations of LangSmith's API that are known, from test/fixtures/langsmith-operations.txt.

import { readFileSync } from 'node:fs'

export interface Operation {
  readonly method: string
  /** As documented, with names in braces. */
  readonly path: string
  /** As somebody would send it. */
  readonly sent: string
}

const FILE = new URL('../fixtures/langsmith-operations.txt', import.meta.url)
const ID = '1c9a6c1e-0000-4000-8000-000000000000'

export const OPERATIONS: readonly Operation[] = readFileSync(FILE, 'utf8').split('\n').filter((line) => line.startsWith('/')).flatMap((line) => {
  const [path = '', ...methods] = line.split(' ')
  return methods.map((method) => ({ method, path, sent: path.replaceAll(/\{[^}]*\}/g, ID) }))
})
