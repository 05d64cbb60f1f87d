// The last hour: how many requests with which end, how long LangSmith took, and how many bytes.

import { useMemo } from 'preact/hooks'
import type { Parts } from '../admin/dashboard/parts.ts'
import { Chart } from './chart.tsx'
import type { Line } from './chart.tsx'
import { hourBefore, minutesFrom, perMinute, perStep, total } from './series.ts'
import type { CountName } from './series.ts'
import { bytes, count, milliseconds, plural } from './words.ts'

type Steps = Parts['traffic']

const KINDS: readonly { readonly name: CountName, readonly label: string, readonly colour: string }[] = [
  { name: 'succeeded', label: 'answered', colour: '--good' },
  { name: 'refused', label: 'refused (401, 403)', colour: '--bad' },
  { name: 'clientErrors', label: 'other 4xx', colour: '--warn' },
  { name: 'serverErrors', label: '5xx', colour: '--violet' },
  { name: 'denied', label: 'denied by the proxy', colour: '--blue' },
  { name: 'cut', label: 'cut', colour: '--grey' }
]

export function TrafficCharts ({ steps, stepS, now }: { readonly steps: Steps, readonly stepS: number, readonly now: number }) {
  const start = hourBefore(now)
  return (
    <section class="card" aria-labelledby="traffic">
      <h2 id="traffic">Traffic <span class="quiet">last hour</span></h2>
      <div class="charts">
        <RequestChart steps={steps} start={start} />
        <TimeChart steps={steps} start={start} stepS={stepS} />
        <ByteChart steps={steps} start={start} />
      </div>
    </section>
  )
}

function RequestChart ({ steps, start }: { readonly steps: Steps, readonly start: number }) {
  const lines = useMemo(() => KINDS.map(({ name, label, colour }): Line => ({ label, colour, values: perMinute(steps, name, start) })), [steps, start])
  const sums = lines.map(({ values }) => total(values as readonly number[]))
  const all = total(sums)
  return <Chart title="Requests a minute" times={minutesFrom(start)} lines={lines} kind="bars" text={count} totals={sums.map(count)} sentence={all === 0 ? 'No requests.' : `${plural(all, 'request')}, ${count(sums[1] ?? 0)} refused.`} />
}

function TimeChart ({ steps, start, stepS }: { readonly steps: Steps, readonly start: number, readonly stepS: number }) {
  const { times, lines } = useMemo(() => {
    const [p50, p95] = [perStep(steps, 'p50', start, stepS), perStep(steps, 'p95', start, stepS)]
    return { times: p50.times, lines: [{ label: 'half faster than (p50)', colour: '--blue', values: p50.values }, { label: '95 % faster than (p95)', colour: '--violet', values: p95.values }] satisfies Line[] }
  }, [steps, start, stepS])
  const last = lines.map(({ values }) => values.findLast((value) => value !== null) ?? undefined)
  const slowest = lines[1]?.values.reduce<number>((most, value) => Math.max(most, value ?? 0), 0) ?? 0
  const [p50, p95] = last
  const sentence = p50 === undefined || p95 === undefined ? 'No answers of LangSmith.' : `Lately p50 ${milliseconds(p50)}, p95 ${milliseconds(p95)}; the slowest ten seconds had p95 ${milliseconds(slowest)}.`
  return <Chart title="Time until LangSmith answers" times={times} lines={lines} kind="points" text={milliseconds} totals={last.map((value) => value === undefined ? '–' : milliseconds(value))} sentence={sentence} />
}

function ByteChart ({ steps, start }: { readonly steps: Steps, readonly start: number }) {
  const lines = useMemo((): readonly Line[] => [
    { label: 'to LangSmith', colour: '--blue', values: perMinute(steps, 'bytesIn', start) },
    { label: 'to clients', colour: '--good', values: perMinute(steps, 'bytesOut', start) }
  ], [steps, start])
  const sums = lines.map(({ values }) => total(values as readonly number[]))
  return <Chart title="Bytes of bodies a minute" times={minutesFrom(start)} lines={lines} kind="bars" text={bytes} totals={sums.map(bytes)} sentence={`${bytes(sums[0] ?? 0)} to LangSmith, ${bytes(sums[1] ?? 0)} to clients.`} />
}
