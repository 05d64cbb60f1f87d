// The page /-/log-level: GET tells the level of the log, PUT with one word as its body changes it until the process ends.

import type { IncomingMessage, ServerResponse } from 'node:http'
import { deny } from './deny.ts'
import { TEXT_HEADERS } from './text-headers.ts'
import { LOG_LEVELS } from '../config/config.ts'
import type { Denial } from '../exchange.ts'
import type { LevelSwitch } from '../observe/logger.ts'

export const LOG_LEVEL_PATH = '/-/log-level'

/** Bytes of the body: a word, and room for what editors and shells put behind it. */
const MOST_READ = 32
/** How long the word may take; less than the listener waits before it cuts, so that there is an answer. */
const READ_MS = 3000

const ACCEPTED = `send one word: ${LOG_LEVELS.slice(0, -1).join(', ')} or ${LOG_LEVELS.at(-1) ?? ''}`
const UNKNOWN: Denial = { code: 'log-level-unknown', detail: 'the body is no level of the log', hint: ACCEPTED }
const TOO_LONG: Denial = { code: 'body-too-large', detail: `the body is longer than ${MOST_READ} bytes`, hint: ACCEPTED }
const TOO_SLOW: Denial = { code: 'request-timeout', detail: 'the body did not arrive in time', hint: ACCEPTED }

export interface LogLevelPage {
  readonly get: (request: IncomingMessage, response: ServerResponse) => void
  readonly put: (request: IncomingMessage, response: ServerResponse) => void
}

export function createLogLevelPage (log: LevelSwitch): LogLevelPage {
  const tell = (response: ServerResponse): void => { response.writeHead(200, TEXT_HEADERS).end(`${log.level()}\n`) }
  return {
    get (request, response) {
      request.resume()
      tell(response)
    },
    put (request, response) {
      readWord(request, (word) => {
        const level = LOG_LEVELS.find((known) => known === word)
        if (level === undefined) {
          deny(response, UNKNOWN)
          return
        }
        log.setLevel(level)
        tell(response)
      }, (denial) => { deny(response, denial) })
    }
  }
}

/** One of both is called, once; neither for who leaves before the end. */
function readWord (request: IncomingMessage, onWord: (word: string) => void, onDenial: (denial: Denial) => void): void {
  let text = ''
  const timer = setTimeout(() => { refuse(TOO_SLOW) }, READ_MS)
  function done (): void {
    clearTimeout(timer)
    request.off('data', onData).off('end', onEnd).resume()
  }
  function refuse (denial: Denial): void {
    done()
    onDenial(denial)
  }
  function onData (piece: string): void {
    text += piece
    if (text.length > MOST_READ) refuse(TOO_LONG)
  }
  function onEnd (): void {
    done()
    onWord(text.trim())
  }
  request.setEncoding('latin1').on('data', onData).on('end', onEnd).once('close', () => { clearTimeout(timer) })
}
