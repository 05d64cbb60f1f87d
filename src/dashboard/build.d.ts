import type { BuildResult } from 'esbuild'

/** Builds the page into a folder. @returns What is inside, in its metafile. */
export function buildDashboard (folder: string): BuildResult<{ metafile: true }>
