// Builds the page: its files are served as they are, so everything it needs is in them. Used by esbuild.config.js and by tests.

import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, URL } from 'node:url'
import { buildSync } from 'esbuild'

const HERE = fileURLToPath(new URL('./', import.meta.url))

/** See build.d.ts. */
export function buildDashboard (folder) {
  mkdirSync(folder, { recursive: true })
  for (const file of ['index.html', 'icon.svg']) copyFileSync(join(HERE, file), join(folder, file))
  return buildSync({
    absWorkingDir: join(HERE, '../..'),
    entryPoints: [{ in: 'src/dashboard/main.tsx', out: 'dashboard' }, { in: 'src/dashboard/dashboard.css', out: 'dashboard' }],
    outdir: folder, bundle: true, minify: true, platform: 'browser', format: 'iife', target: ['chrome109', 'firefox115', 'safari16'],
    jsx: 'automatic', jsxImportSource: 'preact', metafile: true, legalComments: 'none', logLevel: 'error'
  })
}
