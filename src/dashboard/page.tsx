// The whole page, from top to bottom.

import { useEffect, useState } from 'preact/hooks'
import { followChanges } from './stream.ts'
import type { Shown } from './stream.ts'

export function Page () {
  const [shown, show] = useState<Shown>()
  useEffect(() => followChanges(show), [])
  return <main><h1>langsmith-proxy</h1><p>{shown?.proxy?.version}</p></main>
}
