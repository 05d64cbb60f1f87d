// Collects what is wrong with the settings, so that a person can correct everything at once.

import { basename } from 'node:path'
import { ProxyError } from '../errors.ts'
import { showFile } from './suggest.ts'

/** `config-invalid` for what is plainly wrong; the others for their own cases. */
export type MistakeCode = 'config-invalid' | 'listen-refused'

export interface Mistake {
  /** Variable, flag, or line and path in the file. */
  readonly place: string
  /** What is wrong and what is accepted instead: lower case, no final dot, no values. */
  readonly text: string
  readonly code: MistakeCode
  /** Replaces the hint of the code when this is the only mistake. */
  readonly hint?: string | undefined
  /** For the debugger. */
  readonly cause?: unknown
}

/** What a part was parsed to, or why it was not. */
export type Parsed<Value> = Right<Value> | Wrong

interface Right<Value> { readonly value: Value, readonly mistake?: undefined }
interface Wrong { readonly mistake: string, readonly code?: MistakeCode }

export class Mistakes {
  readonly #list: Mistake[] = []
  #file = ''
  #kind = 'config file'

  add (place: string, text: string, options: { code?: MistakeCode | undefined, hint?: string, cause?: unknown } = {}): void {
    const { code = 'config-invalid', hint, cause } = options
    if (this.#list.some((known) => known.place === place && known.text === text)) return
    this.#list.push({ place, text, code, hint, cause })
  }

  /** The parsed value; a mistake is noted, and then there is none. */
  take<Value> (place: string, parsed: Parsed<Value>): Value | undefined {
    if (parsed.mistake === undefined) return parsed.value
    this.add(place, parsed.mistake, { code: parsed.code })
    return undefined
  }

  /** Path of the config file: the places of mistakes in it have its name only, so it is told once. @param kind - What to call another file. */
  readFrom (path: string, kind = this.#kind): void {
    this.#file = path
    this.#kind = kind
  }

  get any (): boolean {
    return this.#list.length > 0
  }

  /** One error for all of them; its code is theirs if they agree, else `config-invalid`. */
  toError (): ProxyError {
    const [first] = this.#list
    const same = this.#list.every((mistake) => mistake.code === first?.code)
    // Numeric, so that line 9 comes before line 10.
    const lines = [...this.#list]
      .sort((a, b) => a.place.localeCompare(b.place, 'en', { numeric: true }))
      .map(({ place, text }) => `${place}: ${text}`)
    const message = lines.length === 1
      ? `${lines.join('')}${this.#inFile()}`
      : [`${String(lines.length)} mistakes in the settings${this.#inFile()}`, ...lines.map((line) => `  ${line}`)].join('\n')
    return new ProxyError(same && first !== undefined ? first.code : 'config-invalid', message, {
      hint: lines.length === 1 ? first?.hint : undefined,
      cause: this.#list.find((mistake) => mistake.cause !== undefined)?.cause
    })
  }

  #inFile (): string {
    const name = basename(this.#file)
    const isTold = this.#file === name || showFile(this.#file) !== this.#file
    return isTold || !this.#list.some(({ place }) => place.startsWith(`${name}:`)) ? '' : ` (${this.#kind} ${this.#file})`
  }
}
