// Whether read-only calls could say more about a refusal than its answer does.

import type { Diagnosis } from './diagnosis.ts'

/** A certain cause needs no probes, but for the workspaces that could be meant; one that came from probes is the last word. */
export function mayLearnMore ({ causes, code, probed }: Diagnosis): boolean {
  return !probed && (causes[0]?.confidence !== 'certain' || code.startsWith('workspace-'))
}
