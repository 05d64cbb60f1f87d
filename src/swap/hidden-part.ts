// What of a key is secret: everybody may know how keys of a kind begin.

const PUBLIC_PREFIX = /^(?:lsv2_(?:pt|sk)_|lsp_[A-Za-z0-9-]+_|ls__)/

/** A value without the beginning that all keys of its kind share. */
export function hiddenPart (value: string): string {
  return value.replace(PUBLIC_PREFIX, '')
}
