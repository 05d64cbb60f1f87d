// Whether a caller is on the machine of the proxy. Peers of a Unix socket have no address, and neither has a TCP
// connection that is closed: what counts is where the proxy listens.

import type { Socket } from 'node:net'
import { isLoopback, withoutMapping } from '../config/addresses.ts'

export type IsSameMachine = (socket: Pick<Socket, 'remoteAddress'>) => boolean

/** @param onSocket - The proxy listens on a Unix socket, and nowhere else. */
export function judgeMachine (onSocket: boolean): IsSameMachine {
  return onSocket ? () => true : ({ remoteAddress = '' }) => isLoopback(withoutMapping(remoteAddress))
}
