// kubectl, for what it does without a cluster. Debian 12 has 1.20, whose Kustomize (2.0.3) knows neither components nor
// folders as resources; Debian 13 and Kubernetes' own packages have a newer one.

import { execFile, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)
const OLDEST_MINOR = 21

/** Why tests that need kubectl are skipped, or false. */
export const NO_KUBECTL = whyNot()

function whyNot (): string | false {
  const { error, stdout } = spawnSync('kubectl', ['version', '--client', '--output', 'json'], { encoding: 'utf8', timeout: 20_000 })
  const minor = error === undefined ? /"gitVersion": "v1\.(\d+)/.exec(stdout)?.[1] : undefined
  if (minor === undefined) return 'needs kubectl (apt-get install kubernetes-client)'
  return Number(minor) < OLDEST_MINOR && `needs kubectl 1.${OLDEST_MINOR} or newer; this is 1.${minor}`
}

/** What "kubectl kustomize" makes of a folder; stderr has its warnings. */
export function render (folder: string): Promise<{ readonly stdout: string, readonly stderr: string }> {
  return run('kubectl', ['kustomize', folder], { timeout: 20_000 })
}
