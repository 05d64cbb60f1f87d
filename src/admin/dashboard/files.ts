// The parts of the page that never change, as the build leaves them beside the program; src/dashboard/ has their sources.

import { readFile } from 'node:fs/promises'

/** Beside the bundle; for the sources, where the build put them. */
const FOLDER = new URL(import.meta.url.endsWith('.ts') ? '../../../dist/dashboard/' : './dashboard/', import.meta.url)

/** By path: file and type. */
export const DASHBOARD_FILES = {
  '/-/': { file: 'index.html', type: 'text/html; charset=utf-8' },
  '/-/dashboard.js': { file: 'dashboard.js', type: 'text/javascript; charset=utf-8' },
  '/-/dashboard.css': { file: 'dashboard.css', type: 'text/css; charset=utf-8' },
  '/-/icon.svg': { file: 'icon.svg', type: 'image/svg+xml' }
} as const

/**
 * What keeps everything else out: no script and no style but the page's own files, no other origin, no frame. The upstream's pages
 * have the same origin, so nothing may open this one and keep a hold of it.
 */
export const DASHBOARD_HEADERS = {
  'content-security-policy': 'default-src \'none\'; script-src \'self\'; style-src \'self\'; img-src \'self\'; connect-src \'self\'; base-uri \'none\'; form-action \'none\'; frame-ancestors \'none\'',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin'
} as const

/** Kept nowhere: it is asked for once a visit. @returns Undefined where this copy of the program came without it. */
export async function readDashboardFile (path: keyof typeof DASHBOARD_FILES): Promise<Buffer | undefined> {
  try {
    return await readFile(new URL(DASHBOARD_FILES[path].file, FOLDER))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
