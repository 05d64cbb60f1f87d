// What of a key is secret: everybody may know how keys of a kind begin, and what people leave around a key when
// they copy a whole line. A name that was hidden would be hidden in every message that tells what is wrong with it.

const PUBLIC_PREFIX = /^(?:lsv2_(?:pt|sk)_|lsp_[A-Za-z0-9-]+_|ls__)/

/**
 * In the order in which they stand: a line of a .env or shell file, or a header line. Narrower than what
 * key-shape.ts takes for a name, because what is cut off here is shown: keys of self-hosted servers can hold
 * "=" and ":", and the padding of base64 is no "=" behind a name.
 */
const AROUND: readonly RegExp[] = [
  /^["'`]/,
  /^(?:(?:export|set)\s+)?[A-Z][A-Z0-9]*_[A-Z0-9_]*\s*(?:=|:\s)\s*(?=[^\s=])/,
  /^(?:x-api-key|authorization)\s*:\s*/i,
  /^["'`]/,
  /^bearer\s+/i
]

/** Less than this cannot be told from innocent text; then the name before it stays part of the secret. */
const SHORTEST_KEY = 8

/** The key without a name, `Bearer` and quotes around it; the value where that leaves next to nothing. */
export function bareKey (value: string): string {
  const opened = AROUND.reduce((rest, pattern) => rest.replace(pattern, ''), value)
  const bare = opened === value ? value : opened.replace(/["'`]$/, '')
  return bare.length < SHORTEST_KEY ? value : bare
}

/** A value without what is around the key, and without the beginning that all keys of its kind share. */
export function hiddenPart (value: string): string {
  return bareKey(value).replace(PUBLIC_PREFIX, '')
}
