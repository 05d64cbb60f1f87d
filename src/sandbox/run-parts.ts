// From the parts of POST /runs/multipart to writes for the store. Names of parts (docs/langsmith-api.md,
// section 5.1): post.<run>, patch.<run>, the same with .<field>, feedback.<run>, attachment.<run>.<name>.

import { createHash } from 'node:crypto'
import { isFields, isUuid, parseJson, type Fields } from './json.ts'
import type { Part } from './multipart.ts'
import { PayloadRefused } from './payload-refused.ts'

/** What is known of an attachment; the bytes themselves are not kept. */
export interface Attachment {
  readonly content_type: string
  readonly bytes: number
  readonly sha256: string
}

/** Fields for a run, which exists already or not. */
export interface RunWrite {
  /** UUID. */
  readonly id: string
  readonly fields: Fields
}

export interface RunParts {
  readonly writes: readonly RunWrite[]
  readonly feedback: readonly Fields[]
  /** By run, then by name. */
  readonly attachments: ReadonlyMap<string, Readonly<Record<string, Attachment>>>
}

const RUN_FIELDS: ReadonlySet<string> = new Set(['inputs', 'outputs', 'events', 'error', 'extra', 'serialized'])

/**
 * Sorts parts into writes.
 *
 * @param parts - In the order in which they came.
 * @returns One write per run and operation, in the order of their first parts.
 * @throws PayloadRefused 422 for a name or JSON that cannot be used; the words are UNCONFIRMED.
 */
export function sortParts (parts: readonly Part[]): RunParts {
  const writes = new Map<string, RunWrite & { fields: Fields }>()
  const feedback: Fields[] = []
  const attachments = new Map<string, Record<string, Attachment>>()

  for (const part of parts) {
    const [kind = '', id = '', ...rest] = part.name.split('.')
    const field = rest.length > 0 ? rest.join('.') : undefined
    if (!isUuid(id)) throw unusable(part)

    if (kind === 'attachment' && field !== undefined) {
      attachments.set(id, { ...attachments.get(id), [field]: describeAttachment(part) })
    } else if (kind === 'feedback' && field === undefined) {
      feedback.push({ run_id: id, ...fieldsOf(part) })
    } else if ((kind === 'post' || kind === 'patch') && (field === undefined || RUN_FIELDS.has(field))) {
      const key = `${kind}.${id}`
      const write = writes.get(key) ?? { id, fields: {} }
      write.fields = { ...write.fields, ...(field === undefined ? fieldsOf(part) : { [field]: jsonOf(part) }) }
      writes.set(key, write)
    } else {
      throw unusable(part)
    }
  }
  return { writes: [...writes.values()], feedback, attachments }
}

function describeAttachment ({ contentType, content }: Part): Attachment {
  return { content_type: contentType, bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') }
}

function jsonOf (part: Part): unknown {
  if (part.contentType !== 'application/json') throw new PayloadRefused(422, `part ${part.name} is not application/json`)
  return parseJson(part.content)
}

function fieldsOf (part: Part): Fields {
  const value = jsonOf(part)
  if (!isFields(value)) throw new PayloadRefused(422, `part ${part.name} is not an object`)
  return value
}

function unusable ({ name }: Part): PayloadRefused {
  return new PayloadRefused(422, `part name ${name} is not <post|patch|feedback|attachment>.<run_id>[.<field>]`)
}
