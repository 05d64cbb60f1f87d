// A value that must not be seen. It prints as [secret] wherever a value can end up by accident:
// template strings, JSON, console.log, error messages, log fields.

import { createHash } from 'node:crypto'
import { inspect } from 'node:util'

const SHOWN = '[secret]'

export class Secret {
  readonly #value: string
  /** First 8 hex digits of SHA-256("langsmith-proxy" + value): the only thing of it that is ever shown. */
  readonly fingerprint: string

  constructor (value: string) {
    this.#value = value
    this.fingerprint = createHash('sha256').update(`langsmith-proxy${value}`).digest('hex').slice(0, 8)
  }

  /** The value itself. Only swap/ may call this (lint holds it): where a header is written, and where text is masked. */
  reveal (): string {
    return this.#value
  }

  equals (other: Secret): boolean {
    return this.#value === other.#value
  }

  toString (): string {
    return SHOWN
  }

  toJSON (): string {
    return SHOWN
  }

  [inspect.custom] (): string {
    return SHOWN
  }
}

/** Whether both are there with one value, or neither is. */
export function isSameSecret (one: Secret | undefined, other: Secret | undefined): boolean {
  return one === undefined || other === undefined ? one === other : one.equals(other)
}
