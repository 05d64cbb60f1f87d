// A strict reader of HTTP/1.1 messages (RFC 9112), for both sides of the suite. It takes nothing that
// two parsers could read differently, so what it reads whole is plain for everybody.

export interface Message {
  readonly startLine: string
  /** Names and values as they came. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** Decoded from chunks. */
  readonly body: string
  /** The end is there, as its framing says. */
  readonly complete: boolean
  /** Lines after a chunked body. */
  readonly trailers: readonly string[]
}

export interface Reading {
  /** In order; only the last one may be incomplete. */
  readonly messages: readonly Message[]
  /** Bytes that are not, and cannot become, a message. */
  readonly garbage: string
}

export interface ReadingOptions {
  readonly kind: 'request' | 'answer'
  /** Whether the nth answer that is no 1xx is to HEAD. */
  readonly toHead?: (nth: number) => boolean
  /** No more bytes will come, and the end was an orderly one: it completes an answer without framing. */
  readonly ended?: boolean
}

const REQUEST_LINE = /^[A-Z]+ [!-~]+ HTTP\/1\.[01]$/
const STATUS_LINE = /^HTTP\/1\.[01] [1-5][0-9]{2}(?: [\t -~\x80-\xff]*)?$/
/** Codings before a last `chunked` change what the body is, not where it ends. */
const CODINGS = /^(?:(?:gzip|deflate|compress), ?)*chunked$/i
const FIELD = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([^\0\r\n]*?)[ \t]*$/

/** Reads all messages of one direction of a connection. @param text - Latin-1. */
export function readMessages (text: string, options: ReadingOptions): Reading {
  const messages: Message[] = []
  let rest = text
  let answers = 0
  while (rest !== '') {
    const end = rest.indexOf('\r\n\r\n')
    if (end === -1) return couldBegin(rest, options.kind) ? { messages: [...messages, partial(rest)], garbage: '' } : { messages, garbage: rest }
    const [startLine = '', ...lines] = rest.slice(0, end).split('\r\n')
    const headers = lines.map((line) => FIELD.exec(line)).map((match) => match === null ? undefined : [match[1] ?? '', match[2] ?? ''] as const)
    if (!lineFor(options.kind).test(startLine) || headers.includes(undefined)) return { messages, garbage: rest }
    const head = { startLine, headers: headers.filter((field) => field !== undefined) }
    const status = options.kind === 'answer' ? Number(startLine.slice(9, 12)) : 0
    const interim = status >= 100 && status < 200
    const noBody = interim || status === 204 || status === 304 || (options.kind === 'answer' && options.toHead?.(answers) === true)
    if (options.kind === 'answer' && !interim) answers++
    const body = readBody(head, rest.slice(end + 4), noBody, options)
    if (body === undefined) return { messages, garbage: rest }
    messages.push({ ...head, body: body.text, complete: body.complete, trailers: body.trailers })
    if (!body.complete) return { messages, garbage: '' }
    rest = body.rest
  }
  return { messages, garbage: '' }
}

/** Every value of a header. @param name - In lower case. */
export function valuesOf (message: Pick<Message, 'headers'>, name: string): readonly string[] {
  return message.headers.filter(([header]) => header.toLowerCase() === name).map(([, value]) => value)
}

function lineFor (kind: ReadingOptions['kind']): RegExp {
  return kind === 'request' ? REQUEST_LINE : STATUS_LINE
}

function couldBegin (text: string, kind: ReadingOptions['kind']): boolean {
  const lines = text.split('\r\n')
  if (lines.length > 1) return lineFor(kind).test(lines[0] ?? '')
  return kind === 'request' ? /^[A-Z]+(?: [!-~]*(?: [!-~]*\r?)?)?$/.test(text) : 'HTTP/1.'.startsWith(text.slice(0, 7))
}

function partial (text: string): Message {
  return { startLine: text.split('\r\n')[0] ?? '', headers: [], body: '', complete: false, trailers: [] }
}

interface Body { readonly text: string, readonly complete: boolean, readonly rest: string, readonly trailers: readonly string[] }

/** @returns undefined where the framing is not plain. */
function readBody (head: Pick<Message, 'headers'>, text: string, noBody: boolean, { kind, ended = false }: ReadingOptions): Body | undefined {
  const lengths = valuesOf(head, 'content-length')
  const codings = valuesOf(head, 'transfer-encoding')
  if (lengths.length > 1 || codings.length > 1 || (lengths.length > 0 && codings.length > 0)) return undefined
  if (noBody) return whole('', text)
  if (codings.length > 0) return CODINGS.test(codings[0] ?? '') ? readChunks(text) : undefined
  if (lengths.length > 0) {
    if (!/^[0-9]+$/.test(lengths[0] ?? '')) return undefined
    const length = Number(lengths[0])
    return { ...whole(text.slice(0, length), text.slice(length)), complete: text.length >= length }
  }
  if (kind === 'request') return whole('', text)
  return { ...whole(text, ''), complete: ended }
}

function whole (text: string, rest: string): Body {
  return { text, complete: true, rest, trailers: [] }
}

function readChunks (text: string): Body | undefined {
  let body = ''
  let rest = text
  const broken = (): Body => ({ text: body, complete: false, rest: '', trailers: [] })
  for (;;) {
    const line = /^([0-9A-Fa-f]{1,12})\r\n/.exec(rest)
    if (line === null) return /^[0-9A-Fa-f]{0,12}\r?$/.test(rest) ? broken() : undefined
    const size = Number.parseInt(line[1] ?? '', 16)
    rest = rest.slice(line[0].length)
    if (size === 0) {
      const end = rest.startsWith('\r\n') ? 0 : rest.indexOf('\r\n\r\n') + 2
      if (end === 1) return broken()
      const trailers = rest.slice(0, end).split('\r\n').filter((trailer) => trailer !== '')
      return { text: body, complete: true, rest: rest.slice(end + 2), trailers }
    }
    body += rest.slice(0, size)
    if (rest.length < size + 2) return broken()
    if (rest.slice(size, size + 2) !== '\r\n') return undefined
    rest = rest.slice(size + 2)
  }
}
