// How many were counted in the time just gone. Whatever clock the upstream counts by, no stretch of that length has more
// than what is counted here: a slot leaves only when all of it is older than the window.

const SLOTS = 20

export class Window {
  readonly #slotMs: number
  /** A ring: the slots of the window, and the one that is being filled. */
  readonly #counts = new Uint32Array(SLOTS + 1)
  /** Number of the newest slot since the clock began. */
  #newest = 0
  #total = 0

  /** @param ms - How long something counts. */
  constructor (ms: number) {
    this.#slotMs = ms / SLOTS
  }

  /** @param now - Milliseconds of a clock that never goes back. */
  total (now: number): number {
    this.#advance(now)
    return this.#total
  }

  add (now: number): void {
    this.#advance(now)
    const place = this.#newest % (SLOTS + 1)
    this.#counts[place] = (this.#counts[place] ?? 0) + 1
    this.#total++
  }

  /** Milliseconds until at most `most` are left. */
  until (most: number, now: number): number {
    this.#advance(now)
    let left = this.#total
    for (let slot = this.#newest - SLOTS; slot <= this.#newest; slot++) {
      if (left <= most) return Math.max(0, (slot + SLOTS) * this.#slotMs - now)
      left -= this.#counts[(slot + SLOTS + 1) % (SLOTS + 1)] ?? 0
    }
    return (this.#newest + SLOTS + 1) * this.#slotMs - now
  }

  #advance (now: number): void {
    const current = Math.floor(now / this.#slotMs)
    if (current === this.#newest) return
    for (let slot = Math.max(this.#newest + 1, current - SLOTS); slot <= current; slot++) {
      const place = slot % (SLOTS + 1)
      this.#total -= this.#counts[place] ?? 0
      this.#counts[place] = 0
    }
    this.#newest = current
  }
}
