// W3: a list that a script reads.

import { loadWorkload } from '../load-workload.ts'
import { LARGE_ANSWER } from '../payloads.ts'

export const largeAnswer = loadWorkload({
  id: 'W3', title: 'GET of 100 KiB JSON', method: 'GET', path: '/api/v1/sessions?limit=100', answer: LARGE_ANSWER.length, connections: [64, 1]
})
