// For a proxy that nobody has called yet: what to try.

import type { ProxyPart, RoutePart } from '../admin/dashboard/parts.ts'
import { Command } from './parts.tsx'
import { asWord } from './words.ts'

export function FirstSteps ({ proxy, routes }: { readonly proxy: ProxyPart, readonly routes: readonly RoutePart[] }) {
  const prefix = (routes.find((route) => route.prefix === '/') ?? routes[0])?.prefix ?? '/'
  const url = `${location.origin}${prefix === '/' ? '' : prefix}/api/v1/sessions?limit=1`
  const key = proxy.keys_required ? ' -H "X-API-Key: $CLIENT_KEY"' : ''
  return (
    <section class="card first" aria-labelledby="first-steps">
      <h2 id="first-steps">No requests yet</h2>
      <p>Try one from a terminal; this page shows what becomes of it.{proxy.keys_required && ' Put your client key (lsp_…) into CLIENT_KEY first.'}</p>
      <Command text={`curl${key} '${url}'`} />
      <p>SDKs need one variable, and a key that means nothing{proxy.keys_required && ' to LangSmith: their client key'}:</p>
      <Command text={`export LANGSMITH_ENDPOINT=${asWord(location.origin + (prefix === '/' ? '' : prefix))} LANGSMITH_API_KEY=${proxy.keys_required ? '"$CLIENT_KEY"' : 'local-proxy'}`} />
    </section>
  )
}
