// What a person reads when the proxy has started: where it listens, where requests go with which key, and where to look.

import type { ProxyStarted } from '../events.ts'

/** @returns Labels and texts; the routes are a table. */
export function startRows ({ url, version, config, routes }: ProxyStarted): readonly (readonly [label: string, text: string])[] {
  const cells = routes.map(({ prefix, upstream, region, credential, fingerprint, secret_ref: reference, via }) => [
    prefix, `→ ${upstream.replace(/^https:\/\//, '')}${region === undefined ? '' : ` (${region})`}`, `${credential} [${fingerprint ?? 'no key yet'}]`, `${reference}${via === undefined ? '' : `  via ${via}`}`
  ])
  return [
    ['info', `listening on ${url}`],
    ['config', `${config}  (version ${version})`],
    ...cells.map((row) => ['route', row.map((cell, at) => cell.padEnd(Math.max(...cells.map((other) => other[at]?.length ?? 0)))).join('  ').trimEnd()] as const),
    ...url.startsWith('http') ? [['page', `${url}/-/`] as const] : []
  ]
}
