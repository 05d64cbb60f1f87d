// One chart: uPlot draws it, the words around it are ours. What it shows stands beside it as a sentence.

import { useEffect, useRef, useState } from 'preact/hooks'
import { drawChart } from './draw-chart.ts'
import type { Drawn } from './draw-chart.ts'

export interface Line {
  readonly label: string
  /** Name of a variable in the style sheet. */
  readonly colour: string
  readonly values: readonly (number | null)[]
}

export interface ChartProps {
  readonly title: string
  /** Seconds since 1970; an hour. */
  readonly times: readonly number[]
  readonly lines: readonly Line[]
  /** Bars stand on top of each other. */
  readonly kind: 'bars' | 'points'
  readonly text: (value: number) => string
  /** Of each line. */
  readonly totals: readonly string[]
  readonly sentence: string
}

export function Chart (props: ChartProps) {
  const { title, times, lines, totals, sentence, text } = props
  const place = useRef<HTMLDivElement>(null)
  const drawn = useRef<Drawn | undefined>(undefined)
  const [pointed, setPointed] = useState<number>()
  const scheme = useScheme()
  useEffect(() => {
    if (place.current === null) return undefined
    const chart = drawChart(place.current, props, setPointed)
    drawn.current = chart
    return () => { chart.end() }
  }, [scheme])
  useEffect(() => { drawn.current?.show(props) }, [lines])
  const at = pointed === undefined ? undefined : times[pointed]
  return (
    <figure class="chart">
      <figcaption><h3>{title}</h3><p class="quiet">{sentence}</p></figcaption>
      <div ref={place} class="plot" role="img" aria-label={`${title}, last hour. ${sentence} ${lines.map(({ label }, line) => `${label}: ${totals[line] ?? ''}`).join(', ')}.`} />
      <p class="legend" aria-hidden="true">
        {lines.map(({ label, colour, values }, line) => {
          const value = pointed === undefined ? undefined : values[pointed]
          return <span key={label}><i style={{ background: `var(${colour})` }} />{label} <b>{at === undefined ? totals[line] : value === undefined || value === null ? '–' : text(value)}</b></span>
        })}
        <span class="at">{at === undefined ? '' : clock(at)}</span>
      </p>
    </figure>
  )
}

/** `14:05`, or `14:05:10`. @param at - Seconds since 1970. */
function clock (at: number): string {
  return new Date(at * 1000).toTimeString().slice(0, at % 60 === 0 ? 5 : 8)
}

/** Changes when the colours of the page do. */
function useScheme (): boolean {
  const [isDark, setDark] = useState(false)
  useEffect(() => {
    const query = matchMedia('(prefers-color-scheme: dark)')
    const look = (): void => { setDark(query.matches) }
    look()
    query.addEventListener('change', look)
    return () => { query.removeEventListener('change', look) }
  }, [])
  return isDark
}
