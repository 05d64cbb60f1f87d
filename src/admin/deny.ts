import type { ServerResponse } from 'node:http'
import { answerFor } from '../answer.ts'
import type { Denial } from '../exchange.ts'

/** The answer of the second listener to what it does not do. The connection ends with it. */
export function deny (response: ServerResponse, denial: Denial): void {
  const { status, reason, headers, body } = answerFor(denial, 'admin', true)
  response.writeHead(status, reason, [...headers]).end(body)
}
