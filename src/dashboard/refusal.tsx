// One refusal: a line, which opens to what was asked and answered, why that may be, and what to do.

import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import type { RefusalPart } from '../admin/dashboard/parts.ts'
import { Ago, Command, Copy } from './parts.tsx'
import { asWord, exactSpan, exactTime, plural } from './words.ts'

const DOCS = 'https://github.com/langsmith-proxy/langsmith-proxy/blob/main/docs/diagnosis.md'

export function Refusal ({ refusal, now }: { readonly refusal: RefusalPart, readonly now: number }) {
  const [isOpen, setOpen] = useState(false)
  const { time, status, method, path, route, client, count, event, diagnosis } = refusal
  const isSaidBelow = diagnosis.causes[0]?.summary === diagnosis.summary
  return (
    <details open={isOpen} onToggle={({ currentTarget }) => { setOpen(currentTarget.open) }}>
      <summary>
        <span class="line">
          {status !== undefined && <strong class="status">{status}</strong>}
          <span class="code">{diagnosis.code}</span>
          <code class="call">{method} {path}</code>
          {event === 'route.checked' && <span class="tag">check at the start</span>}
          {route !== undefined && route !== '/' && <span class="tag">route {route}</span>}
          {client !== undefined && <span class="tag">{client}</span>}
          {count > 1 && <span class="tag">{count} times</span>}
          <span class="when"><Ago time={time} now={now} /></span>
        </span>
        {!(isOpen && isSaidBelow) && <span class="why">{diagnosis.summary}</span>}
      </summary>
      {isOpen && <div class="more"><Causes refusal={refusal} /><Evidence refusal={refusal} /></div>}
    </details>
  )
}

function Causes ({ refusal: { diagnosis: { causes, code, probed }, method, path } }: { readonly refusal: RefusalPart }) {
  return (
    <div>
      <h3>{causes.length > 1 ? 'Why, the likeliest first' : 'Why, and what to do'}</h3>
      <ol class={causes.length > 1 ? 'causes' : 'causes one'}>
        {causes.map((cause) => (
          <li key={cause.code}>
            <p><span class={`confidence ${cause.confidence}`}>{cause.confidence}</span> {cause.summary}</p>
            <div class="fix"><p><b>Fix</b> {cause.fix}</p><Copy text={cause.fix} what="the fix" /></div>
          </li>
        ))}
      </ol>
      {probed && <p class="quiet">LangSmith was asked about it with read-only calls.</p>}
      <p>See where the call goes, and with which key, without sending it:</p>
      <Command text={`langsmith-proxy explain ${method} ${asWord(path)}`} />
      <p><a href={`${DOCS}#${encodeURIComponent(code)}`} target="_blank" rel="noreferrer">All about {code}</a></p>
    </div>
  )
}

function Evidence ({ refusal }: { readonly refusal: RefusalPart }) {
  const { method, path, route, region, client, status, excerpt, credential, fingerprint, secret_ref: kept, reqId, upstream_request_id: theirs, count, first_time: first, time } = refusal
  return (
    <div>
      <h3>Evidence</h3>
      <dl class="evidence">
        <Fact name="Asked"><code>{method} {path}</code></Fact>
        <Fact name="Route">{route ?? '?'}{region !== undefined && ` (${region})`}</Fact>
        {client !== undefined && <Fact name="Client">{client}</Fact>}
        <Fact name="Answer">{status ?? 'none'}</Fact>
        {excerpt !== undefined && <Fact name="LangSmith said">{excerpt === '' ? '(nothing)' : <q>{excerpt}</q>}</Fact>}
        <Fact name="Key">{credential ?? '?'} <code>[{fingerprint}]</code> from <code>{kept}</code></Fact>
        {reqId !== undefined && <Fact name="Request ID"><code>{reqId}</code></Fact>}
        {theirs !== undefined && <Fact name="LangSmith's ID"><code>{theirs}</code></Fact>}
        <Fact name="When">{count > 1 ? `${plural(count, 'time')}, ${exactSpan(first, time)}` : exactTime(time)}</Fact>
      </dl>
    </div>
  )
}

function Fact ({ name, children }: { readonly name: string, readonly children: ComponentChildren }) {
  return <div><dt>{name}</dt><dd>{children}</dd></div>
}
