// W1: what SDKs do most.

import { loadWorkload } from '../load-workload.ts'
import type { LoadPlan } from '../load-workload.ts'
import { SMALL_BODY, SMALL_PATH } from '../payloads.ts'

export const SMALL_POST_PLAN: LoadPlan = {
  id: 'W1', title: 'small POST /runs',
  method: 'POST', path: SMALL_PATH, body: { content: SMALL_BODY, type: 'application/json' }, connections: [64, 1]
}

export const smallPost = loadWorkload(SMALL_POST_PLAN)
