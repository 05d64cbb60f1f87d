// What the pages of the second listener carry.

import { MARKER_HEADER } from '../answer.ts'

export const TEXT_HEADERS = { 'content-type': 'text/plain; charset=utf-8', [MARKER_HEADER]: 'proxy', 'cache-control': 'no-store' } as const
