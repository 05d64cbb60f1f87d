// The usual refusal: LangSmith knows why and does not say it.

import type { Evidence } from './diagnosis.ts'

/** Whether this is a 403 of LangSmith's own that names no reason, or one that is not known here. */
export function saidNoReason ({ statement, status }: Evidence): boolean {
  return status === 403 && (statement === 'forbidden' || statement === 'unknown')
}
