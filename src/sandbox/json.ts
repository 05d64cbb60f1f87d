// Reading what callers send: nothing is believed before it was looked at.

import { PayloadRefused } from './payload-refused.ts'

/** An object from outside. */
export type Fields = Readonly<Record<string, unknown>>

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Whether a value is a text in the form of a UUID. */
export function isUuid (value: unknown): value is string {
  return typeof value === 'string' && UUID.test(value)
}

/** Whether a value is a plain object. */
export function isFields (value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * Parses JSON.
 *
 * @throws PayloadRefused 422; which number and words LangSmith uses is UNCONFIRMED.
 */
export function parseJson (body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch (cause) {
    throw new PayloadRefused(422, 'body is not valid JSON', { cause })
  }
}

/**
 * Parses JSON that must be an object.
 *
 * @throws PayloadRefused 422.
 */
export function parseFields (body: Buffer): Fields {
  const value = parseJson(body)
  if (!isFields(value)) throw new PayloadRefused(422, 'body is not an object')
  return value
}

/** The objects in a list; undefined counts as an empty list. */
export function listOfFields (value: unknown, name: string): readonly Fields[] {
  const list = value ?? []
  if (!Array.isArray(list) || !list.every(isFields)) throw new PayloadRefused(422, `${name} is not a list of objects`)
  return list
}

/** The texts in a list; anything else counts as no list at all. */
export function listOfTexts (value: unknown): readonly string[] | undefined {
  const list: unknown = typeof value === 'string' ? [value] : value
  return Array.isArray(list) && list.every((item) => typeof item === 'string') ? list : undefined
}
