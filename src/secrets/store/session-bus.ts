// Whether the desktop's message bus talks at all. The native package connects to it in a call that nothing can
// end: on a bus that takes connections and says nothing, the whole program would stand still.

import { connect } from 'node:net'

const PATIENCE_MS = 2000

/**
 * @param address - As in DBUS_SESSION_BUS_ADDRESS (D-Bus specification, "Server Addresses"). Only unix sockets are
 *   tried; of others it is assumed that they talk.
 * @param uid - Of this user, for the first line of the handshake ("Authentication Protocol").
 */
export function busTalks (address: string, uid: number, patience = PATIENCE_MS): Promise<boolean> {
  const path = socketOf(address)
  if (path === undefined) return Promise.resolve(true)
  return new Promise((resolve) => {
    const socket = connect({ path })
    const timer = setTimeout(() => { end(false) }, patience)
    const end = (talks: boolean): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(talks)
    }
    socket.once('connect', () => { socket.write(`\0AUTH EXTERNAL ${Buffer.from(String(uid)).toString('hex')}\r\n`) })
    socket.once('data', () => { end(true) }) // a no is an answer, too
    socket.once('error', () => { end(false) })
    socket.once('close', () => { end(false) })
  })
}

function socketOf (address: string): string | undefined {
  const [, kind, value = ''] = /^unix:(?:[^;]*,)?(path|abstract)=([^,;]*)/.exec(address) ?? []
  if (kind === undefined) return undefined
  const path = value.replace(/%([0-9a-f]{2})/gi, (_whole, digits: string) => String.fromCharCode(parseInt(digits, 16)))
  return kind === 'abstract' ? `\0${path}` : path
}
