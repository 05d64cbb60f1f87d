// What comes back, whatever upstream, network and client do.

import { runGroups } from './run-groups.ts'

await runGroups('answers', 'echoed keys', 'broken upstreams', 'slow peers and aborts', 'TLS')
