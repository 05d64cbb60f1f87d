// Which proxy this is, and how it is.

import { State } from './parts.tsx'
import type { Shown } from './stream.ts'
import { exactDuration, exactTime } from './words.ts'

export function Header ({ shown: { proxy, isConnected }, now }: { readonly shown: Shown, readonly now: number }) {
  return (
    <header>
      <div class="name">
        <img src="/-/icon.svg" alt="" width="28" height="28" />
        <h1>langsmith-proxy</h1>
        {proxy !== undefined && isConnected && <Ready ready={proxy.ready} />}
        <span class="connection" role="status">{isConnected ? <State kind="good">live</State> : <State kind="bad">not connected</State>}</span>
      </div>
      {proxy !== undefined && (
        <dl class="facts">
          <div><dt>Version</dt><dd>{proxy.version} <span class="quiet">(Node {proxy.node})</span></dd></div>
          <div><dt>Up</dt><dd><time dateTime={proxy.started} title={`since ${exactTime(proxy.started)}`}>{isConnected ? exactDuration((now - Date.parse(proxy.started)) / 1000) : 'unknown'}</time></dd></div>
          <div><dt>Config</dt><dd><code>{proxy.config}</code></dd></div>
        </dl>
      )}
      {!isConnected && <p class="lost">{proxy === undefined ? 'Not connected yet.' : 'The connection to the proxy is gone; what you see is how it was.'} It may have stopped, or does not let you see this page any more. Trying again.</p>}
    </header>
  )
}

/** What /-/ready says. */
function Ready ({ ready }: { readonly ready: string }) {
  return <State kind={ready === 'ok' ? 'good' : 'bad'}>{ready === 'ok' ? 'ready' : `not ready: ${ready.replace(/^not yet: /, '')}`}</State>
}
