// Who may call, and what a role allows.

import { runGroups } from './run-groups.ts'

await runGroups('client keys and roles')
