// The form of a client key: lsp_NAME_SECRETCHECKSUM. The name says whose it is, 43 characters are 256 random bits in
// base 62, and six are the CRC-32 of all before them, so that a slip of the hand is told from a key that nobody has.

import { createHash, randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const SECRET_BYTES = 32
/** 62^43 is a little more than 2^256, 62^6 more than 2^32. */
const SECRET_LENGTH = 43
const CHECKSUM_LENGTH = 6

/** What all client keys begin with, and nothing else does. */
export const CLIENT_KEY_PREFIX = 'lsp_'

/** Lower case, so that no two clients look alike in a log. */
export const CLIENT_NAME = /^[a-z][a-z0-9-]{0,39}$/
/** Continues "the name may have". */
export const CLIENT_NAME_RULE = 'small letters, digits and "-", at most 40, and starts with a letter'

const FORM = /^lsp_([a-z][a-z0-9-]{0,39})_[0-9A-Za-z]{49}$/

/** A new key; it is shown once and kept nowhere. @param name - As CLIENT_NAME has it. */
export function makeClientKey (name: string): string {
  const whole = `${CLIENT_KEY_PREFIX}${name}_${inBase62(BigInt(`0x${randomBytes(SECRET_BYTES).toString('hex')}`), SECRET_LENGTH)}`
  return whole + checksumOf(whole)
}

/** The name that a key claims; undefined where a character is wrong or missing. Says nothing of whether the key is anybody's. */
export function nameInKey (key: string): string | undefined {
  const name = FORM.exec(key)?.[1]
  return name !== undefined && checksumOf(key.slice(0, -CHECKSUM_LENGTH)) === key.slice(-CHECKSUM_LENGTH) ? name : undefined
}

/** What is kept of a key. A fast hash does: 256 random bits cannot be found by trying. */
export function hashOfKey (key: string): Buffer {
  return createHash('sha256').update(key).digest()
}

function checksumOf (text: string): string {
  return inBase62(BigInt(crc32(text)), CHECKSUM_LENGTH)
}

function inBase62 (value: bigint, length: number): string {
  let text = ''
  for (let rest = value; text.length < length; rest /= 62n) text = (DIGITS[Number(rest % 62n)] ?? '') + text
  return text
}
