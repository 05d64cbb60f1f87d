// What the list of clients reports; part of the list in ../../events.ts.

/** The clients file has changed, and what it says is in use. Names only. */
export interface ClientsReloaded {
  readonly event: 'clients.reloaded'
  readonly added: readonly string[]
  readonly removed: readonly string[]
  /** Role, routes, end or keys. */
  readonly changed: readonly string[]
}

/** The clients file cannot be used; the list before stays as a whole. */
export interface ClientsRejected {
  readonly event: 'clients.rejected'
  readonly code: string
  readonly message: string
  readonly hint: string
}

export type ClientsEvent = ClientsReloaded | ClientsRejected
