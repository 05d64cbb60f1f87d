// W5: W2 as it is in life, over TLS.

import { loadWorkload } from '../load-workload.ts'
import { MULTIPART_PLAN } from './multipart.ts'

export const multipartTls = loadWorkload({ ...MULTIPART_PLAN, id: 'W5', title: 'W2 with a TLS upstream', tls: true })
