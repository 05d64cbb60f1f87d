// W2: a batch of runs, as SDKs send it under load.

import { loadWorkload } from '../load-workload.ts'
import type { LoadPlan } from '../load-workload.ts'
import { MULTIPART_BODY, MULTIPART_TYPE } from '../payloads.ts'

export const MULTIPART_PLAN: LoadPlan = {
  id: 'W2', title: '1 MiB multipart POST /runs/multipart',
  method: 'POST', path: '/runs/multipart', body: { content: MULTIPART_BODY, type: MULTIPART_TYPE }, connections: [8, 1]
}

export const multipart = loadWorkload(MULTIPART_PLAN)
