// Draws a chart with uPlot into an element, as wide as that is, in the colours of the style sheet.

import uPlot from 'uplot'
import type { ChartProps } from './chart.tsx'
import { stacked } from './series.ts'

export interface Drawn {
  readonly show: (props: ChartProps) => void
  readonly end: () => void
}

const HEIGHT = 150
const FONT = '11px system-ui, sans-serif'
/** Of 60 on a narrow screen, so that there is space between them. */
const BAR_SHARE = 0.8
const HOUR_S = 3600

/** @param point - Hears which time the pointer is at; undefined when it has gone. */
export function drawChart (place: HTMLElement, first: ChartProps, point: (at: number | undefined) => void): Drawn {
  let start = first.times[0] ?? 0
  const colours = getComputedStyle(place)
  const colour = (name: string): string => colours.getPropertyValue(name).trim()
  const axis = { stroke: colour('--quiet'), font: FONT, grid: { stroke: colour('--line'), width: 1 }, ticks: { show: false } }
  const chart = new uPlot({
    width: widthOf(place), height: HEIGHT, padding: [8, 18, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
    scales: { x: { range: () => [start, start + HOUR_S] }, y: { range: (_chart, _low, high) => [0, Math.max(1, high * 1.1)] } },
    axes: [
      { ...axis, size: 22, space: 60, values: (_chart, times) => times.map((time) => new Date(time * 1000).toTimeString().slice(0, 5)) },
      { ...axis, size: 54, space: 32, values: (_chart, values) => values.map((value) => Number.isInteger(value) || first.kind === 'points' ? first.text(value) : '') }
    ],
    series: [{}, ...first.lines.map((line) => seriesOf(first.kind, colour(line.colour))).toReversed()],
    hooks: { setCursor: [({ cursor: { idx, left = -1 } }) => { point(left < 0 ? undefined : idx ?? undefined) }] }
  }, dataOf(first), place)
  const watch = new ResizeObserver(() => { chart.setSize({ width: widthOf(place), height: HEIGHT }) })
  watch.observe(place)
  return {
    show (props) {
      start = props.times[0] ?? 0
      chart.setData(dataOf(props))
    },
    end () {
      watch.disconnect()
      chart.destroy()
    }
  }
}

function seriesOf (kind: ChartProps['kind'], colour: string): uPlot.Series {
  if (kind === 'points') return { stroke: colour, width: 1.5, points: { show: true, size: 5, width: 0, fill: colour, filter: lonely } }
  const paths = uPlot.paths.bars?.({ size: [BAR_SHARE, 40], align: 1 })
  return { fill: colour, width: 0, points: { show: false }, ...(paths === undefined ? {} : { paths }) }
}

/** Points without neighbours: no line goes through them. */
function lonely ({ data }: uPlot, series: number): number[] {
  const values = data[series] ?? []
  const isGap = (at: number): boolean => (values[at] ?? null) === null
  return [...values.keys()].filter((at) => !isGap(at) && isGap(at - 1) && isGap(at + 1))
}

/** The first line is drawn last: in front of the sums that it is part of. */
function dataOf ({ times, lines, kind }: ChartProps): uPlot.AlignedData {
  const rows = lines.map(({ values }) => values)
  return [times, ...(kind === 'bars' ? stacked(rows as readonly (readonly number[])[]) : rows).toReversed()] as unknown as uPlot.AlignedData
}

function widthOf (place: HTMLElement): number {
  return Math.max(100, place.clientWidth)
}
