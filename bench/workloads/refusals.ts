// W8: a key that LangSmith refuses, and a client that does not give up. This proxy says why each time; the others only forward.

import { loadWorkload } from '../load-workload.ts'
import { SMALL_POST_PLAN } from './small-post.ts'

export const refusals = loadWorkload({
  id: 'W8', title: 'GET that is refused with 403; here with a diagnosis', method: 'GET', path: '/api/v1/datasets',
  status: 403, ourHeader: 'x-langsmith-proxy-diagnosis', connections: [64],
  beside: SMALL_POST_PLAN
})
