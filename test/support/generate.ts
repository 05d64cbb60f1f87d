// npm run generate: writes the generated files, and measures how often the diagnosis is right.

import { readFileSync, writeFileSync } from 'node:fs'
import { withAccuracy } from './catalogue.ts'
import { confusionSection, confusionTable } from './confusion.ts'
import { generatedFiles } from './generated.ts'
import { startSandbox } from '../../src/sandbox/sandbox.ts'

const fileOf = (path: string): URL => new URL(`../../${path}`, import.meta.url)
for (const [path, content] of generatedFiles()) writeFileSync(fileOf(path), content)

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
