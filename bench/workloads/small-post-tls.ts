// W4: W1 as it is in life, over TLS.

import { loadWorkload } from '../load-workload.ts'
import { SMALL_POST_PLAN } from './small-post.ts'

export const smallPostTls = loadWorkload({ ...SMALL_POST_PLAN, id: 'W4', title: 'W1 with a TLS upstream', tls: true })
