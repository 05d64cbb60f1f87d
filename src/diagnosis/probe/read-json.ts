// Reads JSON that anybody may have written. Fields are looked up as own ones only, so "__proto__" is a name like any other.

/** A parsed text, of which nothing is known. */
export type Json = unknown

/** Undefined for what is not JSON, or not whole. */
export function parseJson (body: Buffer): Json {
  try {
    return JSON.parse(body.toString('utf8').replace(/^\uFEFF/, '')) as Json
  } catch {
    return undefined
  }
}

/** A field of an object; undefined where there is no such field, or no object. */
export function fieldOf (value: Json, name: string): Json {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
}

export function booleanOf (value: Json): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined
}

function isObject (value: Json): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
