// What goes up, and what must not: headers, targets, routes.

import { runGroups } from './run-groups.ts'

await runGroups('header swap', 'hop-by-hop', 'request target', 'routes and closed endpoints')
