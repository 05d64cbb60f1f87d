// The small pieces that the settings schema is put together from.
//
// One keyword of our own goes with JSON Schema's: `expects` says in words what is accepted; messages
// and lists of settings use it.

import { Type, type TProperties } from 'typebox'

/** Keywords that JSON Schema does not know; Ajv must be told about them. */
export const OWN_KEYWORDS = ['expects']

const HOST_NAME = '[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?'
const IPV6 = '\\[?[0-9A-Fa-f]*:[0-9A-Fa-f:.]+\\]?'
// Few enough digits that no time overflows a Node timer, which fires at once beyond 2^31 ms.
const DURATION = '(\\d{1,7}ms|\\d{1,5}s|\\d{1,4}m|\\d{1,2}h)'

/** A group of settings; what is left out of it takes its default. */
export function group<Properties extends TProperties> (description: string, properties: Properties) {
  return Type.Object(properties, { description, additionalProperties: false, default: {} })
}

export function flag (description: string) {
  return Type.Boolean({ description, default: false })
}

/** One of a few words. */
export function choice<const Names extends string[]> (description: string, names: readonly [...Names], options: { default: Names[number] }) {
  return Type.Enum(names, { type: 'string', description, ...options })
}

/** A time such as 10s; see duration.ts for what it comes to. */
export function duration (description: string, options: { default: string, zero?: true }) {
  const { zero, ...rest } = options
  return Type.String({
    description,
    pattern: zero === true ? `^${DURATION}$` : `^(?!0+[a-z])${DURATION}$`,
    expects: `a time such as 500ms, 10s, 5m or 1h${zero === true ? '' : ', more than 0'}`,
    ...rest
  })
}

/** Host names or addresses without scheme and port. */
export function hostList (description: string) {
  return Type.Array(Type.String({ pattern: `^(${HOST_NAME}|${IPV6})$`, expects: 'a host name or address, without scheme, port or path' }), {
    description, default: [], expects: 'a list of host names or addresses, without scheme, port or path'
  })
}

/** Addresses and networks; networks.ts reads them. */
export function networkList (description: string) {
  const one = 'an address such as 192.0.2.1, or a network such as 10.0.0.0/8'
  return Type.Array(Type.String({ pattern: '^[0-9A-Fa-f:.]+(/\\d{1,3})?$', expects: one }), { description, default: [], expects: 'a list of addresses and networks, such as [192.0.2.1, 10.0.0.0/8]' })
}

/** The lines of a role; role-rule.ts reads them. */
export function ruleList (description: string, options: { default?: string[] }) {
  return Type.Array(Type.String({ expects: 'a method and a path, such as GET /sessions/**' }), { description, expects: 'a list of methods and paths, such as ["GET /sessions/**"]', ...options })
}

export function text (description: string, expects: string) {
  return Type.String({ description, expects, minLength: 1 })
}

/** Text, or a list of words. */
export function textOrList (description: string, expects: string) {
  return Type.Unsafe<string | readonly string[]>({ type: ['string', 'array'], items: { type: 'string' }, minLength: 1, minItems: 1, description, expects })
}

export function port (description: string, options: { default?: number } = {}) {
  return Type.Integer({ description, minimum: 0, maximum: 65_535, ...options })
}

/** A limit: how many at most. */
export function count (description: string, options: { default?: number } = {}) {
  return Type.Integer({ description, minimum: 1, maximum: 1_000_000, ...options })
}

/** A limit: how many in a time, of whole seconds; limits.ts reads it. */
export function rate (description: string) {
  return Type.String({ description, pattern: '^[1-9]\\d{0,6}/(?!0+[a-z])(\\d{1,5}s|\\d{1,4}m|\\d{1,2}h)$', expects: 'a number and a time, such as 600/1m or 20000/1h' })
}
