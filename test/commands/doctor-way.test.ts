// The way to an upstream: name, connection, certificate, egress proxy. Each obstacle is named, and nothing is sent past it.

import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import type { Test } from 'tap'
import { openTcp, resolveName, seeCertificate } from '../../src/commands/doctor/dial.ts'
import { judgeApi, judgeLatency } from '../../src/commands/doctor/checks/api.ts'
import { judgeExpiry } from '../../src/commands/doctor/checks/expiry.ts'
import { judgePermissions } from '../../src/commands/doctor/checks/permissions.ts'
import { judgeSecret } from '../../src/commands/doctor/checks/secret.ts'
import { inspectorOf, judgeTls } from '../../src/commands/doctor/checks/tls.ts'
import { judgeTcp } from '../../src/commands/doctor/checks/way.ts'
import { judgeWorkspace } from '../../src/commands/doctor/checks/workspace.ts'
import { createProgress } from '../../src/commands/doctor/progress.ts'
import { findingText, isBroken, summaryText } from '../../src/commands/doctor/report.ts'
import type { Findings } from '../../src/diagnosis/findings.ts'
import { keyOf, sandboxFor } from '../sandbox/support.ts'
import { atTerminal, NO_TERMINAL } from '../support/at-terminal.ts'
import { createAuthority, selfSigned } from '../support/certificates.ts'
import type { Certificate } from '../support/certificates.ts'
import { startEgress } from '../support/egress-proxy.ts'
import { routeOf, slotOf, TEST_KEY } from '../support/proxy.ts'
import { startRawUpstream } from '../support/raw-upstream.ts'
import { startUpstream } from '../support/upstream.ts'
import { linesOf, reportOf } from './doctor-support.ts'

const HOST = 'langsmith.example.com'

/** The report of one route to a TLS upstream. */
async function linesAt (t: Test, upstream: string, ca: string | undefined, env: Readonly<Record<string, string>> = {}): Promise<{ readonly code: number, readonly lines: string }> {
  const trust = ca === undefined ? '' : ', ca: ca.pem'
  const { code, routes } = await reportOf(t, {
    env: { KEY: keyOf('good-us'), ...env },
    files: {
      'config.yaml': `credentials: { main: { apiKey: "env:KEY", hosts: [${HOST}, nowhere.invalid] } }\nroutes: [{ prefix: /, upstream: "${upstream}", credential: main${trust} }]\n`,
      ...(ca === undefined ? {} : { 'ca.pem': ca })
    }
  })
  return { code, lines: linesOf(routes[0]?.findings) }
}

async function deadPort (): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => { server.close(resolve) })
  return port
}

t.test('a name that does not resolve and a port where nobody listens', async (t) => {
  const name = await linesAt(t, 'https://nowhere.invalid', undefined)
  t.match(name, { code: 1, lines: /^secret ok.*\nname fail: nowhere\.invalid cannot be resolved \((?:ENOTFOUND|EAI_AGAIN)\) → check the spelling.*\nkey skip: not tried, because LangSmith was not reached$/ })
  const dead = await linesAt(t, `http://127.0.0.1:${await deadPort()}`, undefined)
  t.match(dead, { code: 1, lines: /^secret ok.*\ntcp fail: no connection to 127\.0\.0\.1:\d+ \(ECONNREFUSED\) → nothing listens there.*\nkey skip/ })
  t.match(await resolveName('localhost'), { addresses: [/127\.0\.0\.1|::1/] })
  t.match(judgeTcp(routeOf({ upstream: 'http://127.0.0.1:1' }).upstream, { failure: { code: 'upstream-unreachable', reason: 'EOTHER', detail: '' } }), { state: 'fail', fix: /network/ })
  t.match(await openTcp(routeOf({ upstream: 'http://127.0.0.1:1' }).upstream), { failure: { code: 'upstream-unreachable' } })
})

t.test('a certificate that requests would refuse is named with its issuer, and no request follows', async (t) => {
  const ours = createAuthority('Our Company Root')
  const zscaler = createAuthority('Zscaler Intermediate Root CA')
  const cases: Readonly<Record<string, { readonly certificate: Certificate, readonly ca: string | undefined, readonly says: RegExp }>> = {
    'of an unknown authority': { certificate: ours.issue(), ca: undefined, says: /^tls fail: the certificate of 127\.0\.0\.1:\d+ cannot be verified \(UNABLE_TO_[A-Z_]+\): issued by Our Company Root, valid from \d{4}-\d\d-\d\d to .*"ca" of the route/m },
    'of a company filter': { certificate: zscaler.issue(), ca: undefined, says: /^tls fail: .*issued by Zscaler Intermediate Root CA.*; Zscaler reads the traffic of this network → get the root certificate of Zscaler/m },
    'that vouches for itself': { certificate: selfSigned(), ca: undefined, says: /^tls fail: .*\(DEPTH_ZERO_SELF_SIGNED_CERT\): issued by itself \(self\)/m },
    'that has ended': { certificate: ours.issue({ from: -30, to: -1 }), ca: ours.cert, says: /^tls fail: .*\(CERT_HAS_EXPIRED\).* → check the clock/m },
    'for another name': { certificate: ours.issue({ names: ['other.example'] }), ca: ours.cert, says: /^tls fail: .*\(ERR_TLS_CERT_ALTNAME_INVALID\).* → the certificate is for another name/m }
  }
  for (const [name, { certificate, ca, says }] of Object.entries(cases)) {
    const upstream = await startUpstream(t, { tls: certificate })
    const { code, lines } = await linesAt(t, upstream.url, ca)
    t.match(lines, says, name)
    t.match(lines, /\nkey skip: not tried, because LangSmith was not reached$/, name)
    t.equal(code, 1, name)
    t.equal(upstream.received.length, 0, `${name}: nothing was sent`)
  }
})

t.test('an address that speaks no TLS, or nothing at all, is told from a bad certificate', async (t) => {
  const plain = await startUpstream(t)
  t.match((await linesAt(t, plain.url.replace('http:', 'https:'), undefined)).lines, /^tls fail: the upstream does not speak TLS there.* → should its address start with http:\/\//m)
  const cut = await startRawUpstream(t, { onConnection: (socket) => { socket.destroy() } })
  t.match((await linesAt(t, `https://127.0.0.1:${cut.port}`, undefined)).lines, /^tls fail: the upstream could not be reached \(ECONNRESET\) → check host and port/m)
  const silent = await startRawUpstream(t, {})
  const begun = performance.now()
  t.match(await seeCertificate(routeOf({ upstream: `https://127.0.0.1:${silent.port}` }), undefined), { certificate: undefined, failure: { code: 'upstream-timeout' } })
  t.ok(performance.now() - begun < 6000)
})

t.test('a certificate that is accepted is shown with issuer and end; one that reads along or ends soon is warned of', async (t) => {
  const cases = [
    { name: 'Our Company Root', to: 60, says: /^tls ok: issued by Our Company Root, valid until \d{4}-\d\d-\d\d$/m },
    { name: 'Our Company Root', to: 3, says: /^tls warn: issued by Our Company Root.* → tell those who run this LangSmith/m },
    { name: 'Netskope Certificate Authority', to: 60, says: /^tls warn: .*; Netskope reads along, the key included → ask for 127\.0\.0\.1/m }
  ]
  for (const { name, to, says } of cases) {
    const authority = createAuthority(name)
    const { regions: { us } } = await sandboxFor(t, { tls: authority.issue({ to }) })
    const { code, lines } = await linesAt(t, us.url, authority.cert)
    t.match(lines, says, name)
    t.match(lines, /^key ok/m, name)
    t.equal(code, 0)
  }
  t.equal(inspectorOf('mitmproxy, mitmproxy'), 'mitmproxy')
  t.equal(inspectorOf('WR2, Google Trust Services'), undefined)
  t.equal(inspectorOf('Amazon RSA 2048 M02, Amazon'), undefined)
  const nameless = { certificate: { issuer: '', selfSigned: false, validFrom: NaN, validTo: NaN }, failure: undefined }
  t.match(judgeTls(HOST, nameless, 0), { state: 'ok', says: /an unknown date/ })
  const chain = { certificate: nameless.certificate, failure: { code: 'upstream-tls', reason: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', detail: '' } } as const
  t.match(judgeTls(HOST, chain, 0), { fix: /intermediate certificate/ })
})

t.test('an egress proxy that lets nothing through is named, without its password', async (t) => {
  const authority = createAuthority()
  const { regions: { us } } = await sandboxFor(t, { tls: authority.issue({ names: [HOST], to: 60 }) })
  const upstream = `https://${HOST}:${us.port}`
  const open = await startEgress(t)
  const good = await linesAt(t, upstream, authority.cert, { HTTPS_PROXY: open.egress('me:c4n4ry@').url })
  t.match(good, { code: 0, lines: /^egress ok: 127\.0\.0\.1:\d+ \(HTTPS_PROXY\) lets through to langsmith\.example\.com:\d+\ntls ok/m })
  t.match(good.lines, /^key ok: langsmith\.example\.com:\d+ accepts it$/m)
  t.notMatch(good.lines, /^(name|tcp) |c4n4ry/m)
  t.ok(open.asked.every((target) => target === `${HOST}:${us.port}`))

  const shut = await startEgress(t, { onConnect: (_request, socket) => { socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n') } })
  const refused = await linesAt(t, upstream, authority.cert, { HTTPS_PROXY: shut.egress('me:c4n4ry@').url })
  t.match(refused, { code: 1, lines: /^egress fail: 127\.0\.0\.1:\d+ \(HTTPS_PROXY\): .*refused to connect.* → put user and password into HTTPS_PROXY\nkey skip/m })
  t.notMatch(refused.lines, /c4n4ry/)
  const dead = await linesAt(t, upstream, authority.cert, { HTTPS_PROXY: `http://127.0.0.1:${await deadPort()}` })
  t.match(dead, { code: 1, lines: /^egress fail: .*could not be reached: nothing listens there \(ECONNREFUSED\) → check the address in HTTPS_PROXY/m })
})

t.test('what takes time or is not told every day', async (t) => {
  const { credential: { current } } = routeOf({ upstream: 'http://127.0.0.1:1' })
  if (current === undefined) throw new Error('no credential')
  const now = Date.parse('2026-01-01T12:00:00Z')
  const day = 86_400_000
  const at = (expiresAt: number | undefined): string => linesOf([judgeExpiry({ ...current, since: now - day, expiresAt }, now, false)])
  t.match(at(now - 1), /^expiry fail: the key ended on 2026-01-01 → create a new key and store it as env:TEST_KEY/)
  t.match(linesOf([judgeExpiry({ ...current, since: now - day, expiresAt: now - 1 }, now, true)]), /^expiry warn: the key ended on 2026-01-01, says env:TEST_KEY, but LangSmith accepts it → correct the date there$/)
  t.match(at(now + day), /^expiry warn: the key ends on 2026-01-02, in 1 day →/)
  t.match(at(now + 90 * day), /^expiry ok: the key ends on 2026-04-01, in 90 days$/)
  t.match(at(undefined), /^expiry skip/)
  t.match(linesOf([judgeExpiry({ ...current, since: now, expiresAt: now + 3_600_000 }, now, false)]), /^expiry ok/, 'what lives for an hour is renewed by its place')
  const told = (expiresAt: number | undefined, own?: number): string => linesOf([judgeExpiry({ ...current, since: now, expiresAt: own }, now, true, { said: 'told', expiresAt })])
  t.match(told(now + 90 * day), /^expiry ok: LangSmith says that the key ends on 2026-04-01, in 90 days$/)
  t.match(told(now + 3_600_000), /^expiry warn: LangSmith says that the key ends on 2026-01-01, in 1 day → create a new key and/)
  t.match(told(now - 1), /^expiry warn: LangSmith says that the key ended on 2026-01-01, but still accepts it → create/)
  t.match(told(undefined), /^expiry ok: LangSmith says that the key has no end$/)
  t.match(told(now + day, now + 90 * day), /^expiry ok: the key ends on 2026-04-01, in 90 days$/, 'its place is believed first')

  const answered = { answered: true, status: 200, headers: [], body: Buffer.alloc(0), ms: 1500 } as const
  t.match(judgeLatency(answered), { state: 'warn', says: 'an answer takes 1500 ms', fix: /nearest/ })
  t.equal(judgeLatency({ answered: false, failure: { code: 'upstream-timeout', reason: '', detail: '' } }), undefined)
  t.match(judgeApi(HOST, { answered: false, failure: { code: 'upstream-timeout', reason: '', detail: 'no answer', hint: 'wait' } }), { says: `${HOST}: no answer`, fix: 'wait' })

  const untold: Findings = { isApi: true, sessions: 'accepted', sessionsWithoutWorkspace: undefined, workspaces: { said: 'untold', seen: [] }, organization: { said: 'untold', seen: undefined }, usage: { said: 'untold', rejecting: false, kind: undefined }, regions: {} }
  const seen = (...permissions: readonly (readonly string[] | undefined)[]): Findings => ({
    ...untold, workspaces: { said: 'accepted', seen: permissions.map((given, nth) => ({ id: `b0000000-0000-4000-8000-00000000000${nth}`, organizationId: 'a0000000-0000-4000-8000-000000000001', displayName: undefined, permissions: given, deleted: nth === 1 })) }
  })
  const own = { ...current, workspaceId: 'B0000000-0000-4000-8000-000000000001' }
  t.match(judgeWorkspace(seen([], []), own, true), { state: 'warn', says: /was deleted/ })
  t.match(judgeWorkspace(seen([]), own, true), { state: 'ok', says: /does not list it/ })
  t.match(judgeWorkspace(seen([]), own, false), { state: 'fail', says: /does not see/, fix: /the key sees 1 \(b0000000.*LANGSMITH_WORKSPACE_ID/ })
  t.match(judgeWorkspace(seen([]), { ...current, workspaceId: 'a0000000-0000-4000-8000-000000000001' }, false), { says: /ID of the organization/ })
  t.match(judgeWorkspace(seen(), own, false), { fix: /copy the ID/ })
  t.match(judgeWorkspace(seen([], [], [], [], [], []), { ...current, shape: { kind: 'service', defects: [] } }, true), { says: /sees 6 \(.*, …\); workspaceId says/ })
  t.match(judgePermissions(seen(['runs:create', 'projects:read', 'projects:create'], ['projects:read']), current), { state: 'warn', says: /runs:create is missing/ })
  t.match(judgePermissions(seen(['runs:create'], undefined), current), { state: 'skip' })

  t.match(judgeSecret({ name: 'a', secretRef: 'env:A', current: undefined }, []), [{ state: 'fail', says: 'env:A could not be read' }])
  t.match(judgeSecret(slotOf('a'), [{ code: 'key-quotes', message: 'has quotes', hint: 'remove them' }]), [{ state: 'ok' }, { state: 'warn', fix: 'remove them' }])
})

t.test('lines are broken between words, coloured where asked for, and counted', async (t) => {
  const finding = { check: 'tls', state: 'fail', says: 'one two three four five six seven eight', fix: 'act' } as const
  t.equal(findingText(finding, { colors: false, width: 51 }), '  fail  tls          one two three four five six\n                     seven eight\n                     → act\n')
  t.match(findingText(finding, { colors: true, width: undefined }), '\u001b[31mfail\u001b[39m')
  const likely = { code: 'a', confidence: 'likely', summary: 'It is so.', fix: 'act' } as const
  const diagnosis = { code: 'b', summary: 'Who knows.', probed: true, causes: [likely, { ...likely, confidence: 'possible', summary: 'Possibly so.' }] } as const
  t.equal(findingText({ check: 'key', state: 'fail', says: 'refused', diagnosis }, { colors: false, width: undefined }), '  fail  key          refused\n                     likely: It is so.\n                     → act\n                     Possibly so.\n                     → act\n')
  t.equal(summaryText([], [[finding], [finding]]), 'all 2 routes cannot work\n')
  t.equal(summaryText([{ ...finding, state: 'warn' }], [[], [{ ...finding, state: 'warn' }]]), 'all 2 routes work; 2 warnings\n')
  t.ok(isBroken([finding]))

  let written = ''
  const progress = createProgress({ isTTY: true }, (text) => { written += text })
  progress.working('tls')
  progress.clear()
  t.equal(written, '\r\u001b[2K  …     tls\r\u001b[2K')
})

t.test('at a terminal it says what it is doing', { skip: NO_TERMINAL }, async (t) => {
  const { url } = await startUpstream(t, { listener: () => {} })
  const { code, screen } = await atTerminal(t, ['doctor'], [], { env: { LANGSMITH_API_KEY: TEST_KEY, LANGSMITH_ENDPOINT: url } })
  t.equal(code, 1)
  t.match(screen, /… {5}tcp\r[^]*… {5}api\r[^]*fail {2}api/)
})
