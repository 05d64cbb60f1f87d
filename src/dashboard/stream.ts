// What the page knows: the parts that the stream /-/changes has sent, put together.

import type { Parts } from '../admin/dashboard/parts.ts'

export interface Shown extends Partial<Parts> {
  readonly isConnected: boolean
}

/** Calls back with all that is known, each time there is something new. @returns Ends it. */
export function followChanges (show: (shown: Shown) => void): () => void {
  let shown: Shown = { isConnected: false }
  const source = new EventSource('/-/changes')
  const take = (part: Partial<Shown>): void => { shown = { ...shown, ...part }; show(shown) }
  source.addEventListener('open', () => { take({ isConnected: true }) })
  source.addEventListener('error', () => { take({ isConnected: false }) })
  source.addEventListener('proxy', ({ data }: MessageEvent<string>) => { take({ proxy: JSON.parse(data) as Parts['proxy'] }) })
  return () => { source.close() }
}
