// "Repo None/test not found", "Repo Workspace 1/… not found": the owner must be the workspace's handle or "-", not the name
// that people see (langsmith-sdk issue 1147). A well-formed owner may be a mere slip: then nothing is said.

import type { Evidence, Rule, Suspicion } from '../diagnosis.ts'
import { docsPage, sdkIssue } from '../sources.ts'
import { says } from '../statement.ts'
import { theRoute } from '../words.ts'
import { LIKELY } from '../weights.ts'

/** No handle: none at all, or with a blank. */
const NO_HANDLE = /^repo (?:none|null|undefined|[^/]*[ %][^/]*)\/.* not found$/

export const promptOwnerUnknown: Rule = {
  code: 'prompt-owner-unknown',
  answers: 'others',
  basis: 'confirmed',
  rows: [29],
  seen: '404 `{"detail":"Repo None/test not found"}` or `{"detail":"Repo Workspace 1/test not found"}`.',
  means: 'The owner of a prompt is the handle of a workspace, not the name that the pages show; `None` stands for no owner. Prompts of others are found only if they are public.',
  remedy: 'Use the handle (`tenant_handle` of `GET /api/v1/settings`), or `-` for the workspace of the key.',
  sureness: 'Likely where the owner cannot be a handle; nothing is said of a well-formed name that does not exist.',
  sources: [sdkIssue(1147), docsPage('manage-prompts-programmatically')],
  judge
}

function judge (evidence: Evidence): Suspicion | undefined {
  if (evidence.status !== 404 || !says(evidence, NO_HANDLE)) return undefined
  return {
    weight: LIKELY,
    summary: `Probably the owner of the prompt that was asked for on ${theRoute(evidence)} is not the handle of a workspace.`,
    fix: 'use the handle (tenant_handle of GET /api/v1/settings) as the owner, or - for the workspace of the key'
  }
}
