// Counts the requests of each client that are under way.

/** Gives the place back; may be called again, which does nothing. */
export type Leave = () => void

/** @returns A function that takes a place for a request, or gives undefined where a client has as many as it may. */
export function countInFlight (): (client: string, most: number) => Leave | undefined {
  const underWay = new Map<string, number>()

  return (client, most) => {
    const before = underWay.get(client) ?? 0
    if (before >= most) return undefined
    underWay.set(client, before + 1)
    let isThere = true
    return () => {
      if (!isThere) return
      isThere = false
      const left = (underWay.get(client) ?? 1) - 1
      if (left > 0) underWay.set(client, left)
      else underWay.delete(client)
    }
  }
}
