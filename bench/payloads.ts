// What clients of LangSmith send and get, in size and shape; the same bytes in every run.

import { createHash } from 'node:crypto'

const RUN = {
  id: '1c9a6c1e-0000-4000-8000-000000000000', trace_id: '1c9a6c1e-0000-4000-8000-000000000000', dotted_order: '20260101T000000000000Z1c9a6c1e-0000-4000-8000-000000000000',
  name: 'ChatOpenAI', run_type: 'llm', session_name: 'default', start_time: '2026-01-01T00:00:00.000000Z',
  inputs: { messages: [{ role: 'user', content: 'What is the capital of France, and why did it become the capital?' }] },
  extra: { runtime: { sdk: 'langsmith-py', platform: 'linux' }, metadata: { revision: '9b1d57e' } }
}

/** Where one run is posted. */
export const SMALL_PATH = '/runs'
/** One run: some 600 bytes. */
export const SMALL_BODY = JSON.stringify(RUN)

const MIB = 1024 * 1024
const BOUNDARY = 'bench-boundary'
const PART_HEAD = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="post.${RUN.id}"\r\nContent-Type: application/octet-stream\r\n\r\n`

export const MULTIPART_TYPE = `multipart/form-data; boundary=${BOUNDARY}`
/** A batch of compressed runs: 1 MiB and the few bytes around it. */
export const MULTIPART_BODY = Buffer.concat([Buffer.from(PART_HEAD), noise(MIB), Buffer.from(`\r\n--${BOUNDARY}--\r\n`)])

const LARGE_BYTES = 100 * 1024
const SESSION = { id: RUN.id, name: 'default', tenant_id: RUN.id, start_time: RUN.start_time, run_count: 7, extra: RUN.extra }
const SESSION_TEXT = JSON.stringify(SESSION)
/** A list of projects: as many as 100 KiB hold, and blanks for the rest. */
export const LARGE_ANSWER = `[${Array.from({ length: Math.floor((LARGE_BYTES - 2) / (SESSION_TEXT.length + 1)) }, () => SESSION_TEXT).join(',')}]`.padEnd(LARGE_BYTES)

// Cannot be compressed, and is the same every time.
function noise (bytes: number): Buffer {
  const pieces = Array.from({ length: bytes / 32 }, (_, at) => createHash('sha256').update(String(at)).digest())
  return Buffer.concat(pieces)
}
