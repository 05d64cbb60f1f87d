// Reads the body of a refusal, whatever it is: cut in the middle, in another character set, binary,
// or made to break a parser. Judges by form alone; what the words mean is for statement.ts.

import { TextDecoder } from 'node:util'
import type { Dialect, Fields } from './diagnosis.ts'
import { readJson } from './json-body.ts'

/** How much of a page without a title is kept, in characters. */
const MAX_TEXT = 4096
const UTF_8 = new TextDecoder()
const MARKUP = /^<(?:!doctype|\?xml|html|head|body|!--|[a-z])/i

/**
 * @param bytes - The decoded body, perhaps only its beginning.
 * @param contentType - As the upstream sent it; believed for the character set, and for JSON of the v2 API.
 */
export function readBody (bytes: Buffer, contentType: string | undefined): { readonly dialect: Dialect, readonly fields: Fields } {
  const text = decode(bytes, contentType).trim()
  if (text === '') return { dialect: 'empty', fields: {} }
  const json = readJson(text, contentType)
  if (json !== undefined) return json
  if (MARKUP.test(text)) return { dialect: 'html', fields: readMarkup(text) }
  return { dialect: 'text', fields: { text: firstLine(text) } }
}

function decode (bytes: Buffer, contentType: string | undefined): string {
  const charset = /charset\s*=\s*"?([\w-]{1,40})/i.exec(contentType ?? '')?.[1] ?? 'utf-8'
  try {
    const name = byteOrderOf(bytes) ?? charset
    return (name === 'utf-8' ? UTF_8 : new TextDecoder(name)).decode(bytes)
  } catch {
    // A character set that nobody knows: its ASCII part is all that the rules need.
    return UTF_8.decode(bytes)
  }
}

/** A byte order mark of UTF-16 is more to be trusted than the header. */
function byteOrderOf ([first, second]: Buffer): string | undefined {
  if (first === 0xff && second === 0xfe) return 'utf-16le'
  return first === 0xfe && second === 0xff ? 'utf-16be' : undefined
}

// No pattern here may look beyond the next "<": a page of 64 KiB made of "<title" would take seconds.
function readMarkup (page: string): Fields {
  const title = /<title[^<>]*>([^<]*)/i.exec(page)?.[1]?.replaceAll(/\s+/g, ' ').trim()
  const text = page.replaceAll(/<(?:style|script)\b[^<>]*>[^<]*/gi, ' ').replaceAll(/<[^>]*>?/g, ' ').replaceAll(/\s+/g, ' ').trim()
  return { ...(title === undefined || title === '' ? {} : { title }), ...(text === '' ? {} : { text: text.slice(0, MAX_TEXT) }) }
}

function firstLine (text: string): string {
  return text.split(/[\r\n]/, 1)[0]?.slice(0, MAX_TEXT) ?? ''
}
