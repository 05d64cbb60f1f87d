// The certificate of the listener: which files are refused, that no message quotes a key, and what happens when they
// change while the proxy runs.

import { generateKeyPairSync } from 'node:crypto'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { once } from 'node:events'
import t from 'tap'
import type { Test } from 'tap'
import { ProxyError } from '../../src/errors.ts'
import type { CertificateEvent } from '../../src/guard/tls/events.ts'
import { readKeyPair } from '../../src/guard/tls/key-pair.ts'
import { followCertificate } from '../../src/guard/tls/live-certificate.ts'
import { createAuthority, selfSigned } from '../support/certificates.ts'
import type { Certificate } from '../support/certificates.ts'
import { refuseLeak } from '../support/leaks.ts'
import { startProxy } from '../support/proxy.ts'
import { until } from '../support/raw-upstream.ts'
import { rawRequest } from '../support/raw.ts'
import { connectSecurely, secureFiles } from '../support/secure.ts'
import type { SecureFiles } from '../support/secure.ts'
import { startUpstream } from '../support/upstream.ts'

const RULES = { uid: process.getuid?.(), allowLooseFileModes: false }
const PATIENCE = 20_000

async function refusalOf (t: Test, { certFile: cert, keyFile: key }: Pick<SecureFiles, 'certFile' | 'keyFile'>): Promise<ProxyError> {
  const error: unknown = await readKeyPair({ cert, key }, RULES).catch((caught: unknown) => caught)
  if (error instanceof ProxyError) return error
  return t.fail('it was taken') as never
}

t.test('a pair that cannot be used is refused with the file and the setting, and never with what the key holds', async (t) => {
  const good = selfSigned()
  const other = selfSigned()
  const encrypted = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }).toString()
  const halfKey = good.key.replace(/\n[^\n]{20}/, '\n')
  const halfCert = good.cert.replace(/\n[^\n]{20}/, '\n')
  const cases: readonly (readonly [cert: string, key: string, message: RegExp])[] = [
    [good.cert, other.key, /^listen\.tls\.key is not the private key of the certificate in listen\.tls\.cert$/],
    [good.key, good.cert, /tls\.crt \(listen\.tls\.cert\) holds no PEM certificate$/],
    [good.cert, 'lsv2_pt_canary', /tls\.key \(listen\.tls\.key\) holds no PEM private key$/],
    [good.cert, '', /holds no PEM private key/],
    [good.cert, encrypted, /is closed with a passphrase$/],
    [good.cert, halfKey, /tls\.key \(listen\.tls\.key\) is no private key that OpenSSL can read \(ERR_/],
    [halfCert, good.key, /tls\.crt \(listen\.tls\.cert\) is no certificate that OpenSSL can read \(ERR_/],
    ['x'.repeat(1024 * 1024 + 1), good.key, /is no file of at most 1 MiB/]
  ]
  for (const [cert, key, message] of cases) {
    const error = await refusalOf(t, secureFiles(t, { cert, key }))
    t.match(error, { code: 'config-invalid', exitCode: 2, message }, String(message))
    t.notMatch(error.hint, /undefined/)
    for (const line of key.split('\n').filter((text) => text.length > 20 && !text.startsWith('-'))) refuseLeak('the message', `${error.message} ${error.hint}`, line)
  }
})

t.test('files that are missing, folders, pipes or open to others are refused', async (t) => {
  const files = secureFiles(t)
  t.match(await refusalOf(t, { ...files, certFile: join(files.folder, 'none') }), { code: 'config-invalid', message: /none \(listen\.tls\.cert\) cannot be read \(ENOENT\)$/ })
  t.match(await refusalOf(t, { ...files, keyFile: files.folder }), { message: /\(listen\.tls\.key\) is no file of at most 1 MiB$/ })
  t.match(await refusalOf(t, { ...files, keyFile: '/dev/null' }), { message: /is no file/ })
  chmodSync(files.keyFile, 0o640)
  t.match(await refusalOf(t, files), { code: 'secret-exposed', message: /other users of this machine can open .*tls\.key \(listen\.tls\.key\)/, hint: /chmod 600/ })
  await readKeyPair({ cert: files.certFile, key: files.keyFile }, { ...RULES, allowLooseFileModes: true })
  await readKeyPair({ cert: files.certFile, key: files.keyFile }, { ...RULES, uid: -1 }) // that of another owner is how mounts arrive
})

t.test('a chain, one file for both and one that has expired are fine', async (t) => {
  const authority = createAuthority()
  const { cert, key } = authority.issue()
  for (const pair of [{ cert: cert + authority.cert, key }, { cert: key + cert, key: cert + key }, authority.issue({ from: -9, to: -1 })]) {
    const files = secureFiles(t, pair)
    t.ok((await readKeyPair({ cert: files.certFile, key: files.keyFile }, RULES)).until > 0)
  }
})

t.test('a pair prints nothing of itself', async (t) => {
  const { inspect } = await import('node:util')
  const files = secureFiles(t)
  const pair = await readKeyPair({ cert: files.certFile, key: files.keyFile }, RULES)
  t.notMatch(inspect(pair, { depth: 9, showHidden: true }) + JSON.stringify(pair), /BEGIN|MI[GH]/)
})

/** The certificate that a new connection shows. */
async function shownAt (t: Test, port: number, authority: Pick<Certificate, 'cert'>): Promise<Buffer> {
  const socket = connectSecurely(t, port, authority)
  await once(socket, 'secureConnect')
  const { raw } = socket.getPeerCertificate()
  socket.destroy()
  return raw
}

t.test('a renewed pair is used for new connections, open ones go on, and a broken one changes nothing and is told once', async (t) => {
  const authority = createAuthority()
  const [old, next] = [authority.issue(), authority.issue()]
  const files = secureFiles(t, old)
  const upstream = await startUpstream(t)
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }], env: files.env })
  const open = connectSecurely(t, proxy.port, authority)
  let text = ''
  open.on('data', (piece: Buffer) => { text += piece.toString('latin1') })
  const before = await shownAt(t, proxy.port, authority)
  const rejections = (): number => proxy.events.filter(({ event }) => event === 'certificate.rejected').length

  files.replace({ key: next.key })
  t.match(await proxy.eventOf('certificate.rejected'), { code: 'config-invalid', message: /not the private key/ })
  t.ok((await shownAt(t, proxy.port, authority)).equals(before), 'the old pair stays')
  writeFileSync(files.keyFile, next.key) // changed once more, with the same mistake
  await new Promise((resolve) => { setTimeout(resolve, 1000) })
  t.equal(rejections(), 1)
  await proxy.proxy.rereadSecrets()
  t.equal(rejections(), 2, 'who asks is told again')

  files.replace({ cert: next.cert })
  t.match(await proxy.eventOf('certificate.reloaded'), { expires_at: /^20/ })
  t.notOk((await shownAt(t, proxy.port, authority)).equals(before), 'new connections get the new one')
  open.write(rawRequest('GET', '/runs'))
  await until(() => text.includes('200 OK'), 'the open connection is served', PATIENCE)

  await proxy.proxy.rereadSecrets()
  t.equal(proxy.events.filter(({ event }) => event === 'certificate.reloaded').length, 1, 'what is as it was is no news')
  for (const line of [old.key, next.key].flatMap((key) => key.split('\n').slice(1, 3))) refuseLeak('the log', proxy.rawLog(), line)
})

t.test('the end is told 14, 3 and 1 days before and when it is there, once each, and in the last quarter of a short life only', async (t) => {
  const days = async (from: number, to: number): Promise<readonly number[]> => {
    const files = secureFiles(t, createAuthority().issue({ from, to }))
    const read = () => readKeyPair({ cert: files.certFile, key: files.keyFile }, RULES)
    const told: CertificateEvent[] = []
    let now = Date.now()
    const live = { files: [files.certFile, files.keyFile], read, current: await read() }
    const followed = followCertificate(live, { use: () => {}, report: (event) => { told.push(event) }, onDefect: (error) => { t.error(error) }, now: () => now })
    t.teardown(() => { followed.stop() })
    for (let day = 0; day < to + 2; day++) {
      await followed.reread()
      now += 86_400_000
    }
    return told.map((event) => event.event === 'certificate.expiring' ? event.days_left : -1)
  }
  t.strictSame(await days(-60, 30), [14, 3, 1, 0])
  t.strictSame(await days(-1, 7), [2, 1, 0])
  t.strictSame(await days(-300, -1), [0])
})
