// The upstream's answer on its way to the client: head, body, end, with backpressure, or a cut that
// nobody can mistake for an end. One relay serves one exchange, a second try included.

import type { Dispatcher } from 'undici'
import { AnswerError, isFalseMismatch, isPlainlyFramed, readRawHeaders } from './answer-head.ts'
import { AnswerWriter } from './answer-writer.ts'
import { headerOf } from './ask.ts'
import { reasonOf } from './failures.ts'
import type { RelayContext } from './relay-context.ts'
import { BodyError } from './request-body.ts'
import { HOLD_BYTES, HOLD_MS, isPage, isRefusal, mayNeedExplaining, RefusalTap, UNDETERMINED } from './refusal-tap.ts'
import { secondsToWait } from './retry-after.ts'
import { createBodyMask } from '../swap/mask-body.ts'
import type { BodyMask } from '../swap/mask-body.ts'
import { answerHeaders } from '../swap/response-headers.ts'

const EMPTY = Buffer.alloc(0)
/** Each 1xx answer starts the wait for the real one anew. */
export const MAX_INTERIM = 20
const TOO_MANY_REQUESTS = 429

export class Relay implements Dispatcher.DispatchHandler {
  readonly #context: RelayContext
  readonly #answer: AnswerWriter
  #controller: Dispatcher.DispatchController | undefined
  #status = 0
  #interim = 0
  #hasHead = false
  #mask: BodyMask | undefined
  #tap: RefusalTap | undefined
  #holdTimer: NodeJS.Timeout | undefined
  #aborted = false
  #failed = false

  constructor (context: RelayContext) {
    this.#context = context
    this.#answer = new AnswerWriter(context)
    const { response, exchange } = context
    response.on('close', () => {
      if (response.writableFinished || this.#failed) return
      exchange.cut ??= { by: 'client', reason: 'CLIENT_LEFT' }
      this.abort()
    })
  }

  /** Ends the upstream's side of the exchange, wherever it is. The answer is explained even so: `curl -f` leaves at its head. */
  abort (): void {
    this.#aborted = true
    clearTimeout(this.#holdTimer)
    this.#controller?.abort(new BodyError('CLIENT_LEFT'))
    this.#explain()
  }

  onRequestStart (controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#aborted) controller.abort(new BodyError('CLIENT_LEFT')) // it left while the request waited for a connection
  }

  onResponseStart (controller: Dispatcher.DispatchController, status: number): void {
    if (status < 200) { // 102 and 103 are for us alone
      this.#interim++
      if (this.#interim > MAX_INTERIM) controller.abort(new AnswerError('TOO_MANY_1XX'))
      return
    }
    const { exchange, request, route, keyMask } = this.#context
    const rawHeaders = readRawHeaders(controller.rawHeaders)
    if (!isPlainlyFramed(rawHeaders)) {
      controller.abort(new AnswerError('TRANSFER_ENCODING'))
      return
    }
    exchange.headAt = performance.now()
    exchange.source = 'upstream'
    exchange.isPage = isPage(rawHeaders)
    this.#status = status
    const head = answerHeaders(route, rawHeaders, keyMask.maskHeader)
    if (head.foreignRedirect !== undefined && status >= 300 && status < 400) this.#context.onForeignRedirect(head.foreignRedirect)
    if (status === TOO_MANY_REQUESTS) this.#context.onTooMany(secondsToWait(headerOf(rawHeaders, 'retry-after'), Date.now()))
    if (head.identity) this.#mask = createBodyMask(keyMask)
    this.#hasHead = true
    this.#answer.begin(status, head.headers)
    if (isRefusal(status)) {
      this.#tapAnswer(rawHeaders)
      setImmediate(() => { this.#hold() }) // by then nearly all are out
    } else {
      if (mayNeedExplaining(status, rawHeaders, request.headers.accept)) this.#tapAnswer(rawHeaders)
      setImmediate(() => { this.#sendHead() }) // by then a small answer is there whole
    }
  }

  #tapAnswer (headers: readonly string[]): void {
    const { exchange, route, credential, asked } = this.#context
    const { method, path, removed, client, privateValues } = asked()
    this.#tap = new RefusalTap({ method, path, removed, client, privateValues, status: this.#status, headers, route, credential, exchange })
  }

  onResponseData (controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#tap?.add(chunk)
    const piece = this.#mask === undefined ? chunk : this.#mask.push(chunk)
    if (!this.#answer.push(piece)) this.#pause(controller)
    if (isRefusal(this.#status) && this.#tap !== undefined && this.#tap.size >= HOLD_BYTES) this.#sendHead(UNDETERMINED)
    if (this.#tap?.isFull === true) this.#explain()
  }

  /** A refusal that has not ended yet waits for that, but not for long. */
  #hold (): void {
    if (this.#answer.isWaiting && !this.#aborted && !this.#failed) this.#holdTimer = setTimeout(() => { this.#sendHead(UNDETERMINED) }, HOLD_MS)
  }

  /** Until the client has taken what there is. */
  #pause (controller: Dispatcher.DispatchController): void {
    controller.pause()
    this.#context.response.once('drain', () => { controller.resume() })
  }

  onResponseEnd (): void {
    if (this.#tap !== undefined && isRefusal(this.#status)) {
      this.#explain((code) => { if (!this.#aborted) this.#end(code) })
      return
    }
    this.#end()
    this.#explain()
  }

  onResponseError (_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    const { exchange, onFailure } = this.#context
    if (this.#aborted || this.#failed) return
    if (!this.#hasHead) {
      onFailure(error, this.#controller !== undefined)
      return
    }
    const reason = reasonOf(error)
    if (isFalseMismatch(this.#status, reason)) {
      this.#end()
      return
    }
    this.#failed = true
    exchange.cut ??= { by: error instanceof BodyError ? 'client' : 'upstream', reason }
    if (this.#tap !== undefined && isRefusal(this.#status)) {
      clearTimeout(this.#holdTimer)
      this.#explain((code) => { this.#answer.cut(code) }) // what came of a refusal is worth more to the client than the news that it broke off
      return
    }
    this.#answer.cut()
    this.#explain()
  }

  /** Once for each answer; `done` is not called where there is nothing to explain, or not any more. */
  #explain (done: (code: string) => void = () => {}): void {
    const tap = this.#tap
    this.#tap = undefined
    if (tap !== undefined) this.#context.explain(tap, done)
  }

  #sendHead (diagnosis?: string): void {
    clearTimeout(this.#holdTimer)
    if (this.#answer.isWaiting) this.#answer.sendHead(diagnosis)
  }

  #end (diagnosis?: string): void {
    clearTimeout(this.#holdTimer)
    this.#answer.end(this.#mask?.end() ?? EMPTY, diagnosis)
  }
}
