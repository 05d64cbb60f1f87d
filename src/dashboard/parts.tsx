// Small things that several parts of the page are made of.

import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { ago, exactTime } from './words.ts'

/** How long ago, with the exact time for whoever wants it. @param now - Milliseconds since 1970. */
export function Ago ({ time, now }: { readonly time: string, readonly now: number }) {
  return <time dateTime={time} title={exactTime(time)}>{ago(time, now)}</time>
}

const SHOWN_MS = 2000

/** Puts a text into the clipboard. Browsers have one only for pages of this machine or with https; elsewhere there is no button. */
export function Copy ({ text, what }: { readonly text: string, readonly what: string }) {
  const [isDone, setDone] = useState(false)
  if (!('clipboard' in navigator)) return null
  const copy = (): void => {
    void navigator.clipboard.writeText(text).then(() => {
      setDone(true)
      setTimeout(() => { setDone(false) }, SHOWN_MS)
    }, () => {})
  }
  return <button type="button" class="copy" onClick={copy} aria-label={isDone ? 'Copied' : `Copy ${what}`}><span aria-live="polite">{isDone ? 'Copied' : 'Copy'}</span></button>
}

/** A command line to copy. */
export function Command ({ text }: { readonly text: string }) {
  return <div class="command"><code tabIndex={0}>{text}</code><Copy text={text} what="the command" /></div>
}

/** A word that says how something is, with a sign, so that colour is not all that tells. */
export function State ({ kind, children }: { readonly kind: 'good' | 'bad' | 'wait', readonly children: ComponentChildren }) {
  return <span class={`state ${kind}`}><span aria-hidden="true">{SIGNS[kind]}</span> {children}</span>
}

const SIGNS = { good: '✓', bad: '✕', wait: '•' } as const

export interface Column<Row> {
  readonly title: string
  readonly isNumber?: boolean
  readonly cell: (row: Row) => ComponentChildren
}

/** On narrow screens each row becomes a card; the roles are written out because browsers forget them then. The first column names the row. */
export function Table<Row> ({ caption, columns, rows, keyOf }: { readonly caption: string, readonly columns: readonly Column<Row>[], readonly rows: readonly Row[], readonly keyOf: (row: Row) => string }) {
  return (
    <table role="table">
      <caption class="unseen">{caption}</caption>
      <thead role="rowgroup"><tr role="row">{columns.map(({ title, isNumber }) => <th role="columnheader" scope="col" class={isNumber === true ? 'number' : ''} key={title}>{title}</th>)}</tr></thead>
      <tbody role="rowgroup">
        {rows.map((row) => (
          <tr role="row" key={keyOf(row)}>
            {columns.map(({ title, isNumber, cell }, at) => at === 0
              ? <th role="rowheader" scope="row" key={title}>{cell(row)}</th>
              : <td role="cell" class={isNumber === true ? 'number' : ''} data-title={title} key={title}><div>{cell(row)}</div></td>)}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
