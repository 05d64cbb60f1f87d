// The sources as one file, as they are now: starts four times as fast as a loader that reads TypeScript.

import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'
import { buildDashboard } from '../../src/dashboard/build.js'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** @returns The file to run with Node, and how to remove it. */
export function bundle (): { readonly main: string, readonly remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'langsmith-proxy-bundle-'))
  copyFileSync(join(ROOT, 'package.json'), join(folder, 'package.json'))
  const main = join(folder, 'dist', 'main.js')
  buildSync({
    absWorkingDir: ROOT, entryPoints: ['src/main.ts'], outfile: main, bundle: true, platform: 'node', format: 'esm', logLevel: 'error',
    external: ['@napi-rs/keyring'],
    banner: { js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);' },
    define: { __dirname: 'import.meta.dirname', __filename: 'import.meta.filename' }
  })
  buildDashboard(join(folder, 'dist', 'dashboard'))
  return { main, remove: () => { rmSync(folder, { recursive: true, force: true }) } }
}
