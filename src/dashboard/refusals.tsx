// What LangSmith refused, newest first.

import { useEffect, useRef, useState } from 'preact/hooks'
import type { RefusalPart } from '../admin/dashboard/parts.ts'
import { State } from './parts.tsx'
import { Refusal } from './refusal.tsx'
import { plural } from './words.ts'

/** @param run - Tells runs of the proxy apart: each counts refusals anew. */
export function Refusals ({ refusals, run, now }: { readonly refusals: readonly RefusalPart[], readonly run: string, readonly now: number }) {
  const times = refusals.reduce((sum, refusal) => sum + refusal.count, 0)
  return (
    <section class="card" aria-labelledby="refusals">
      <h2 id="refusals">Refusals {refusals.length > 0 && <span class="quiet">{plural(refusals.length, 'case')}, {plural(times, 'answer')}</span>}</h2>
      <p class="unseen" role="status">{useNews(refusals)}</p>
      {refusals.length === 0
        ? <p><State kind="good">None.</State> LangSmith has taken every request. When it refuses one, it stands here with the reason and what to do.</p>
        : <div class="refusals">{refusals.map((refusal) => <Refusal key={`${run} ${refusal.id}`} refusal={refusal} now={now} />)}</div>}
    </section>
  )
}

/** For screen readers: what has come since the page was opened. */
function useNews (refusals: readonly RefusalPart[]): string {
  const newest = refusals[0]
  const known = useRef(newest?.id ?? 0)
  const [news, setNews] = useState('')
  useEffect(() => {
    if (newest === undefined || newest.id === known.current) return
    known.current = newest.id
    setNews(`New: ${newest.method} ${newest.path} refused, ${newest.diagnosis.code}`)
  }, [newest?.id])
  return news
}
