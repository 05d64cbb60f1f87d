// Who waits, in a line for each client. The lines take turns, so a long one delays only itself.

interface Line<Item> {
  readonly client: string
  readonly items: Item[]
}

export class Turns<Item> {
  #lines: Line<Item>[] = []
  #size = 0

  get size (): number {
    return this.#size
  }

  push (client: string, item: Item): void {
    const line = this.#lines.find((candidate) => candidate.client === client)
    if (line === undefined) this.#lines.push({ client, items: [item] })
    else line.items.push(item)
    this.#size++
  }

  /** How many of a client wait. */
  of (client: string): number {
    return this.#lines.find((line) => line.client === client)?.items.length ?? 0
  }

  /** How many go before the next one of this client would. */
  ahead (client: string): number {
    const own = this.of(client)
    return this.#lines.reduce((sum, line) => sum + (line.client === client ? own : Math.min(line.items.length, own + 1)), 0)
  }

  /** Takes the oldest item of the client whose turn it is, passing over those that may not go now. */
  take (mayGo: (client: string) => boolean): Item | undefined {
    const at = this.#lines.findIndex(({ client }) => mayGo(client))
    const [line] = at === -1 ? [] : this.#lines.splice(at, 1)
    const item = line?.items.shift()
    if (line === undefined || item === undefined) return undefined
    this.#size--
    if (line.items.length > 0) this.#lines.push(line) // to the end: the others have their turn first
    return item
  }

  /** Takes out all items for which this is so. */
  remove (isOut: (item: Item) => boolean): readonly Item[] {
    const out: Item[] = []
    for (const { items } of this.#lines) {
      for (let at = items.length - 1; at >= 0; at--) {
        const item = items[at]
        if (item !== undefined && isOut(item)) out.push(...items.splice(at, 1))
      }
    }
    this.#lines = this.#lines.filter(({ items }) => items.length > 0)
    this.#size -= out.length
    return out.reverse()
  }
}
