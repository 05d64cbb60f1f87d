// Redirects are passed on, and nobody follows them: the key would follow too. This proxy maps those to its
// upstream's own origin back to the route, so that the client stays in the proxy; whether others do is free.

import { answer, FIN, forwarded, MESSAGE, OWN_HOST, request } from '../case.ts'
import type { Case, Outcome } from '../case.ts'

const REDIRECTS: readonly (readonly [says: string, target: string, location: string, ours: string])[] = [
  ['to the upstream\'s own origin', '/x', `http://${OWN_HOST}/next?a=%2F`, '/next?a=%2F'],
  ['to the upstream\'s own origin, with a prefix', '/eu/x', `http://${OWN_HOST}/next`, '/eu/next'],
  ['to a path', '/x', '/next', '/next'],
  ['to a path, with a prefix', '/eu/x', '/next', '/eu/next'],
  ['relative to the request', '/eu/x', 'next?a=1', 'next?a=1'],
  ['to another host', '/x', 'https://evil.example/x', 'https://evil.example/x'],
  ['to another host without a scheme', '/x', '//evil.example/x', '//evil.example/x'],
  ['to another scheme', '/x', 'javascript:alert(1)', 'javascript:alert(1)']
]

export const redirects: readonly Case[] = REDIRECTS.map(([says, target, location, mapped]) => {
  const place = target.startsWith('/eu/') ? 'eu' : 'main'
  const answered = (has: readonly string[]): Outcome => forwarded({ place, line: 'GET /x HTTP/1.1' }, { status: 302, body: '', has })
  return {
    name: `a redirect is passed on, and followed by nobody: ${says}`,
    promise: 'P1',
    send: request(`GET ${target}`),
    upstream: [MESSAGE, answer('302 Found', '', ['Connection: close', `Location: ${location}`]), FIN] as const,
    expect: answered([]),
    ours: answered([`Location: ${mapped}`])
  }
})
