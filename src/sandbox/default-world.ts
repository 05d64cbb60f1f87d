// The world that a sandbox plays unless it is given another. It is a string, not a file, so that it
// is still there when the program is bundled into one file.
//
// The keys have the shape of real ones (docs/langsmith-api.md, section 3.1), but are put together here
// from a word of hex digits, so that secret scanners find no key in this repository and people see
// at a glance that they are not real. No two keys share a run of eight characters after the prefix.

import { parseWorld } from './parse-world.ts'
import type { World } from './world.ts'

function fakeKey (prefix: 'pt' | 'sk', word: string): string {
  return `lsv2_${prefix}_${word.repeat(4)}_${word.repeat(2).slice(0, 10)}`
}

/** One organisation per region, one without plan, one with an IP allow-list. Copy it to write your own. */
export const DEFAULT_WORLD_YAML = `\
# A world for the LangSmith sandbox.
#   organisations  name, region (us, eu, apac, aws), plan (none, developer, plus, startup, enterprise),
#                  ipAllowlist (addresses or CIDR blocks; none means everybody may call)
#   workspaces     id is what callers send as X-Tenant-Id; handle is the owner's name of prompts
#   keys           kind (personal, service, org-service), workspaces (handles or IDs; all of the
#                  organisation if left out), defaultWorkspace, role (admin, editor, viewer) or a list
#                  of permissions, expiresAt, revoked
organisations:
  - { id: a0000000-0000-4000-8000-000000000001, name: acme-us, region: us, plan: enterprise }
  - { id: a0000000-0000-4000-8000-000000000002, name: acme-eu, region: eu, plan: plus }
  - { id: a0000000-0000-4000-8000-000000000003, name: acme-apac, region: apac, plan: plus }
  - { id: a0000000-0000-4000-8000-000000000004, name: acme-aws, region: aws, plan: plus }
  - { id: a0000000-0000-4000-8000-000000000005, name: trial-us, region: us, plan: none }
  - { id: a0000000-0000-4000-8000-000000000006, name: fenced-us, region: us, plan: enterprise, ipAllowlist: [192.0.2.0/24] }

workspaces:
  - { id: b0000000-0000-4000-8000-000000000001, name: Research, handle: research, organisation: acme-us }
  - { id: b0000000-0000-4000-8000-000000000002, name: Production, handle: production, organisation: acme-us }
  - { id: b0000000-0000-4000-8000-000000000003, name: Europe, handle: europe, organisation: acme-eu }
  - { id: b0000000-0000-4000-8000-000000000004, name: Pacific, handle: pacific, organisation: acme-apac }
  - { id: b0000000-0000-4000-8000-000000000005, name: Amazon, handle: amazon, organisation: acme-aws }
  - { id: b0000000-0000-4000-8000-000000000006, name: Trial, handle: trial, organisation: trial-us }
  - { id: b0000000-0000-4000-8000-000000000007, name: Fenced, handle: fenced, organisation: fenced-us }

keys:
  - name: good-us
    about: works in the US, in both workspaces; acts in Research unless told otherwise
    value: ${fakeKey('pt', 'decafbad')}
    kind: personal
    organisation: acme-us
    defaultWorkspace: research
  - name: good-eu
    about: works in the EU and is unknown elsewhere
    value: ${fakeKey('pt', 'feedface')}
    kind: personal
    organisation: acme-eu
  - name: good-apac
    about: works in Asia-Pacific and is unknown elsewhere
    value: ${fakeKey('pt', 'cafebabe')}
    kind: personal
    organisation: acme-apac
  - name: good-aws
    about: works on AWS and is unknown elsewhere
    value: ${fakeKey('pt', 'deadbeef')}
    kind: personal
    organisation: acme-aws
  - name: service-us
    about: a service key for the workspace Production alone
    value: ${fakeKey('sk', '5e1f1e55')}
    kind: service
    organisation: acme-us
    workspaces: [production]
  - name: org-scoped-us
    about: refused unless X-Tenant-Id names a workspace
    value: ${fakeKey('sk', 'facade11')}
    kind: org-service
    organisation: acme-us
  - name: editor-us
    about: may trace but not create or delete projects
    value: ${fakeKey('sk', 'ed170bad')}
    kind: service
    organisation: acme-us
    workspaces: [research]
    role: editor
  - name: viewer-us
    about: may read but not trace
    value: ${fakeKey('sk', 'c001d00d')}
    kind: service
    organisation: acme-us
    workspaces: [research]
    role: viewer
  - name: ingest-us
    about: may trace but not read
    value: ${fakeKey('sk', 'f00dface')}
    kind: service
    organisation: acme-us
    workspaces: [research]
    permissions: ["runs:create", "feedback:create"]
  - name: revoked-us
    about: was deleted
    value: ${fakeKey('pt', 'deadc0de')}
    kind: personal
    organisation: acme-us
    revoked: true
  - name: expired-us
    about: ran out in 2020
    value: ${fakeKey('sk', 'baadf00d')}
    kind: service
    organisation: acme-us
    workspaces: [research]
    expiresAt: 2020-01-01T00:00:00Z
  - name: no-plan-us
    about: belongs to an organisation without a plan
    value: ${fakeKey('pt', 'badc0ffe')}
    kind: personal
    organisation: trial-us
  - name: fenced-us
    about: belongs to an organisation that allows no caller from this machine
    value: ${fakeKey('pt', 'ab5ec0de')}
    kind: personal
    organisation: fenced-us
`

/**
 * The default world, parsed.
 *
 * @returns A fresh copy each time.
 */
export function defaultWorld (): World {
  return parseWorld(DEFAULT_WORLD_YAML)
}
