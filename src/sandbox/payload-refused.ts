// A request that is allowed, but whose payload or target cannot be used.

/** Becomes an answer in the dialect of the endpoint. */
export class PayloadRefused extends Error {
  override readonly name = 'PayloadRefused'
  /** 4xx. */
  readonly status: number

  /**
   * @param status - 4xx.
   * @param message - What is wrong; sent to the caller.
   */
  constructor (status: number, message: string, options: { cause?: unknown } = {}) {
    super(message, options)
    this.status = status
  }
}
