// npm run generate: writes the generated files, from the schema, the tables and the build, and measures how often the diagnosis is right.

import { readFileSync, writeFileSync } from 'node:fs'
import { withAccuracy } from './catalogue.ts'
import { confusionSection, confusionTable } from './confusion.ts'
import { dependenciesPage } from './dependencies.ts'
import { generatedFiles } from './generated.ts'
import { startSandbox } from '../../src/sandbox/sandbox.ts'

const fileOf = (path: string): URL => new URL(`../../${path}`, import.meta.url)
for (const [path, content] of generatedFiles()) writeFileSync(fileOf(path), content)
writeFileSync(fileOf('docs/dependencies.md'), dependenciesPage())

const ends: (() => unknown)[] = []
const sandbox = await startSandbox()
try {
  const rows = await confusionTable({ teardown: (end) => { ends.push(end) } }, sandbox)
  const page = fileOf('docs/diagnosis.md')
  writeFileSync(page, withAccuracy(readFileSync(page, 'utf8'), confusionSection(rows)))
} finally {
  for (const end of ends) await end()
  await sandbox.close()
}
