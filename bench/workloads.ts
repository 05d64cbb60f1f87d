// All workloads, in the order in which they run.

import { largeAnswer } from './workloads/large-answer.ts'
import { memory } from './workloads/memory.ts'
import { multipart } from './workloads/multipart.ts'
import { multipartTls } from './workloads/multipart-tls.ts'
import { oneShot } from './workloads/one-shot.ts'
import { refusals } from './workloads/refusals.ts'
import { size } from './workloads/size.ts'
import { smallPost } from './workloads/small-post.ts'
import { smallPostTls } from './workloads/small-post-tls.ts'
import { start } from './workloads/start.ts'
import { streams } from './workloads/streams.ts'
import type { Workload } from './workload.ts'

export const WORKLOADS: readonly Workload[] = [smallPost, multipart, largeAnswer, smallPostTls, multipartTls, oneShot, streams, refusals, start, memory, size]
