// One end of a connection under the suite's control: sends steps as they stand, and keeps what came.

import type { Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { Act, Step } from './case.ts'
import { readMessages } from './message.ts'
import type { Reading, ReadingOptions } from './message.ts'

/** Between two looks at what has come. */
const LOOK_MS = 2
/** So much is sent at a time, to see whether it is taken. */
const PIECE = 1024 * 1024
/** So often and so long it is looked at before it counts as held back; looks, because this process can be slow, too. */
const HELD_LOOKS = 40
const HELD_LOOK_MS = 5
/** So much is read as messages only after so many looks in a row at which nothing was new. Looks, because this process can be slow, too. */
const MUCH = 1024 * 1024
const QUIET_LOOKS = 20

/** What the steps of one end may look at of the other. */
export interface OtherEnd {
  /** What it has got so far, Latin-1. */
  readonly text: () => string
  /** Whether what it sends was once not taken for a while. */
  readonly wasHeld: () => boolean
}

export class Side implements OtherEnd {
  readonly socket: Socket
  readonly #reading: Omit<ReadingOptions, 'ended'>
  readonly #pieces: string[] = []
  /** How the other end took leave. */
  end: 'open' | 'fin' | 'reset' = 'open'
  /** Of the last byte or event. */
  lastAt = performance.now()
  #awaited = 0
  #quietLooks = 0
  #sizeBefore = 0
  #wasHeld = false
  #joined = ''
  #size = 0

  constructor (socket: Socket, reading: Omit<ReadingOptions, 'ended'>) {
    this.socket = socket
    this.#reading = reading
    socket.on('data', (piece: Buffer) => { this.#size += piece.length; this.#pieces.push(piece.toString('latin1')); this.#touch() })
    socket.once('end', () => { if (this.end === 'open') this.end = 'fin'; this.#touch() })
    socket.once('error', () => { this.end = 'reset'; this.#touch() })
    socket.once('close', () => { if (this.end === 'open') this.end = 'reset'; this.#touch() })
  }

  #touch (): void {
    this.lastAt = performance.now()
  }

  /** What has come so far, Latin-1. */
  text (): string {
    if (this.#pieces.length > 0) this.#joined += this.#pieces.splice(0).join('')
    return this.#joined
  }

  /** Whether a `held` step has seen that nothing was taken for a while. */
  wasHeld (): boolean {
    return this.#wasHeld
  }

  /** So much has come that it should not be read again for each piece. */
  isLarge (): boolean {
    return this.#size >= MUCH
  }

  /** The same as messages. */
  read (): Reading {
    return readMessages(this.text(), { ...this.#reading, ended: this.end === 'fin' })
  }

  /**
   * Takes the steps one after another.
   *
   * @param other - The other end of the way.
   * @param patience - Milliseconds for each wait.
   * @returns What was waited for in vain.
   */
  async play (steps: readonly Step[], other: OtherEnd, patience: number): Promise<string | undefined> {
    for (const step of steps) {
      const vain = await this.#take(step, other, patience)
      if (vain !== undefined) return vain
    }
    return undefined
  }

  async #take (step: Step, other: OtherEnd, patience: number): Promise<string | undefined> {
    if (typeof step === 'string') {
      if (this.socket.writable) this.socket.write(step, 'latin1')
    } else if ('held' in step) {
      if (!await this.#sendHeld(step.held, patience)) return 'the other end never stopped taking what was sent, or never took all'
    } else if ('act' in step) {
      return this.#act(step, other, patience)
    } else if ('pause' in step) {
      await pause(step.pause)
    } else if ('received' in step) {
      if (!await soon(() => this.text().includes(step.received), patience)) return `${JSON.stringify(step.received)} was not received`
    } else if ('already' in step) {
      if (!other.text().includes(step.already)) return `'${step.already}' had not arrived yet`
    } else if (!await soon(() => other.text().includes(step.arrived), patience)) {
      return `${JSON.stringify(step.arrived)} did not arrive`
    }
    return undefined
  }

  async #act ({ act }: Act, other: OtherEnd, patience: number): Promise<string | undefined> {
    switch (act) {
      case 'message': {
        const wanted = ++this.#awaited
        const came = await soon(() => this.#isWorthReading() && this.read().messages.filter(({ complete }) => complete).length >= wanted, patience)
        return came ? undefined : `message ${wanted} did not come whole`
      }
      case 'until-held': return await soon(() => other.wasHeld(), patience) ? undefined : 'the other end was never held back'
      case 'fin': this.socket.end(); return undefined
      case 'reset': this.socket.resetAndDestroy(); return undefined
      case 'stop': this.socket.pause(); return undefined
      case 'resume': this.socket.resume(); return undefined
    }
  }

  // To read megabytes again for each piece that comes would stop both ends, which live in this process, for longer than a proxy waits for them.
  #isWorthReading (): boolean {
    this.#quietLooks = this.#size === this.#sizeBefore ? this.#quietLooks + 1 : 0
    this.#sizeBefore = this.#size
    if (this.isLarge() && this.#quietLooks < QUIET_LOOKS) return false
    this.#quietLooks = 0
    return true
  }

  /** @returns Whether the other end took nothing for a while, and all in the end. */
  async #sendHeld (text: string, patience: number): Promise<boolean> {
    let taken = 0
    for (let sent = 0; sent < text.length; sent += PIECE) {
      this.socket.write(text.slice(sent, sent + PIECE), 'latin1', () => { taken += PIECE })
      const isTaken = (): boolean => taken > sent
      for (let look = 0; look < HELD_LOOKS && !isTaken(); look++) await pause(HELD_LOOK_MS)
      this.#wasHeld ||= !isTaken()
      if (!await soon(isTaken, patience)) return false
    }
    return this.#wasHeld
  }
}

/** Waits until something is so. @returns Whether it became so within `patience` milliseconds. */
export async function soon (condition: () => boolean, patience: number): Promise<boolean> {
  const end = performance.now() + patience
  for (;;) {
    const began = performance.now()
    if (condition()) return true
    const now = performance.now()
    if (now > end) return false
    await pause(Math.max(LOOK_MS, 4 * (now - began))) // a look at megabytes takes a while, and the sockets need the time
  }
}
