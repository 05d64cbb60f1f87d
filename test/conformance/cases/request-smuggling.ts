// Messages that two parsers read differently (threat-model 6.3; RFC 9112, sections 2.2, 3, 5 to 7, 9 and 11.2):
// never more requests go up than the client clearly sent, and no part of a body becomes a request.

import type { Case } from '../case.ts'
import { brokenHeads } from './broken-heads.ts'
import { chunkedRequests } from './chunked-requests.ts'
import { connectionEnds } from './connection-ends.ts'
import { contentLength } from './content-length.ts'
import { pipelining } from './pipelining.ts'
import { transferEncoding } from './transfer-encoding.ts'

export const requestSmuggling: readonly Case[] = [...contentLength, ...transferEncoding, ...chunkedRequests, ...brokenHeads, ...pipelining, ...connectionEnds]
