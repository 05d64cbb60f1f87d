// The lockfile: no version with a known hole, a hash for everything, nothing from odd places, no scripts at
// install. Offline: what is newer in a registry is for a person to find out ("npm view NAME version").

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { prefixMistake } from '../src/config/prefix.ts'

const ROOT = new URL('..', import.meta.url).pathname

interface Floor {
  readonly name: string
  readonly atLeast: string
  readonly because: string
  /** Where that version is not published: the newest one, what makes the hole harmless here, and the tests that hold it. */
  readonly until?: { readonly newest: string, readonly remedy: string, readonly heldBy: Readonly<Record<string, string>> }
}

const NEVER_FORWARDS = {
  remedy: 'reply-from never forwards; undici does, with verified TLS and the raw target (docs/decisions/0001-forwarding.md)',
  heldBy: { 'test/upstream/tls.test.ts': 'gets not one byte' }
}

/** Raise a floor, never lower it. */
const FLOORS: readonly Floor[] = [
  { name: 'fastify', atLeast: '5.12.1', because: 'CVE-2026-3419, -33806, -25223, -25224, -3635: content types, memory, trust of proxies' },
  { name: 'undici', atLeast: '7.28.0', because: 'CVE-2026-6733, -1525, -1527: an answer for another request, header injection' },
  { name: '@fastify/proxy-addr', atLeast: '5.1.1', because: 'CVE-2026-92395: mapped addresses pass for trusted ones' },
  { name: '@fastify/reply-from', atLeast: '12.7.0', because: 'CVE-2026-107318: certificates are not verified', until: { newest: '12.6.5', ...NEVER_FORWARDS } },
  {
    name: '@fastify/http-proxy', atLeast: '11.6.6', because: 'CVE-2026-120213, -85124, -16117, -15631: a request leaves its prefix',
    until: {
      newest: '11.6.3',
      remedy: 'prefixes have no parameters, the raw target decides on the route, and http-proxy does not forward',
      heldBy: { ...NEVER_FORWARDS.heldBy, 'test/routes/path.test.ts': 'a prefix is whole segments of the raw path', 'test/supply-chain.test.ts': 'no prefix has parameters' }
    }
  }
]

/** Brought by tools of development, never run, in no bundle (test/package.test.ts compares what is in it). */
const NOT_SHIPPED = /^node_modules\/node-gyp\//

interface Entry {
  readonly version?: string
  readonly resolved?: string
  readonly integrity?: string
  readonly link?: boolean
  readonly inBundle?: boolean
  readonly hasInstallScript?: boolean
}

const lock = JSON.parse(read('package-lock.json')) as { readonly lockfileVersion: number, readonly packages: Readonly<Record<string, Entry>> }
const installed = Object.entries(lock.packages).filter(([path]) => path !== '')

function read (path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

/** True where a version is at least another; a pre-release is less than its release. */
function isAtLeast (version: string, floor: string): boolean {
  const [release = '', pre] = version.split('-')
  const [a, b] = [release, floor].map((text) => text.split('.').map(Number))
  for (let i = 0; i < 3; i++) {
    const difference = (a?.[i] ?? 0) - (b?.[i] ?? 0)
    if (difference !== 0) return difference > 0
  }
  return pre === undefined
}

/** What is wrong with the versions of a lockfile; empty if nothing is. */
function belowFloor ({ name, atLeast, until }: Floor, packages: readonly (readonly [string, Entry])[]): readonly string[] {
  const copies = packages.filter(([path]) => path.endsWith(`node_modules/${name}`) && !NOT_SHIPPED.test(path))
  if (copies.length === 0) return [`${name} is not in the lockfile; take its floor away`]
  return copies.flatMap(([path, { version = '0' }]) => isAtLeast(version, until?.newest ?? atLeast) ? [] : [`${path} ${version} is below ${atLeast}`])
}

for (const floor of FLOORS) {
  t.test(`${floor.name} has no known hole that reaches us`, async (t) => {
    t.strictSame(belowFloor(floor, installed), [], floor.because)
    for (const [file, test] of Object.entries(floor.until?.heldBy ?? {})) t.match(read(file), test, `${floor.until?.remedy ?? ''}: held by ${file}`)
  })
}

/** CVE-2026-58044, -48931, -48934, by line. 20 gets no fix (docs/security.md), so no image may have it. */
const NODE_FLOORS: Readonly<Record<string, string>> = { 22: '22.23.2', 24: '24.18.1' }

t.test('the image has an exact version of Node, with the fixes of its line', async (t) => {
  const images = [...read('Dockerfile').matchAll(/^FROM (\S+)/gm)].map(([, name = '']) => name).filter((name) => name !== 'base')
  t.equal(images.length, 2)
  t.equal(new Set(images).size, 1, 'built and run with the same')
  for (const image of images) {
    const [, version = '', line = ''] = /^node:((\d+)\.\d+\.\d+)-slim(?:@sha256:[0-9a-f]{64})?$/.exec(image) ?? []
    t.ok(NODE_FLOORS[line] !== undefined && isAtLeast(version, NODE_FLOORS[line]), image)
  }
  const { engines } = JSON.parse(read('package.json')) as { readonly engines: { readonly node: string } }
  t.ok(isAtLeast(engines.node.replace(/^>=/, ''), '20.19.2'), 'CVE-2025-23167: requests smuggled through the parser of Node 20')
})

t.test('a lockfile below a floor is noticed, in any place and spelling', async (t) => {
  const floor: Floor = { name: 'undici', atLeast: '7.28.0', because: '' }
  for (const version of ['7.27.9', '6.99.99', '7.28.0-rc.1', '7.3.0', '0.0.0']) {
    t.strictSame(belowFloor(floor, [['node_modules/undici', { version: '7.30.2' }], ['node_modules/x/node_modules/undici', { version }]]), [`node_modules/x/node_modules/undici ${version} is below 7.28.0`])
  }
  for (const version of ['7.28.0', '7.28.1', '7.100.0', '8.0.0']) t.strictSame(belowFloor(floor, [['node_modules/undici', { version }]]), [], version)
  t.match(belowFloor(floor, [['node_modules/my-undici', { version: '9.0.0' }]]), ['undici is not in the lockfile; take its floor away'])
  t.strictSame(belowFloor({ ...floor, until: { newest: '7.27.0', remedy: '', heldBy: {} } }, [['node_modules/undici', { version: '7.27.0' }]]), [])
})

t.test('no prefix has parameters, which the mount would read as patterns', async (t) => {
  for (const prefix of ['/:id', '/eu/:id', '/*', '/eu*', '/(a|b)', '/a(.*)', '/a?', '/{a}', '/[a]', '/a::b']) t.match(prefixMistake(prefix), /must have only letters/, prefix)
})

t.test('every package of the lockfile has a hash, and comes from the registry that npm is set to', async (t) => {
  t.equal(lock.lockfileVersion, 3)
  t.ok(installed.length > 100)
  // A "resolved" would name a place that wins over the registry: a mirror that others cannot reach, a repository, a file.
  const odd = installed.filter(([, entry]) => !/^sha512-[A-Za-z0-9+/]{86}==$/.test(entry.integrity ?? '') || entry.resolved !== undefined || entry.link === true || entry.inBundle === true || !/^\d+\.\d+\.\d+/.test(entry.version ?? ''))
  t.strictSame(odd.map(([path]) => path), [])
})

t.test('all versions of package.json are exact, so that what was tested is what is built', async (t) => {
  const { dependencies = {}, devDependencies, optionalDependencies, overrides, scripts } = JSON.parse(read('package.json')) as Record<string, Readonly<Record<string, string>>>
  t.strictSame(dependencies, {}, 'the package installs nothing that must be there')
  const all = Object.entries({ ...devDependencies, ...optionalDependencies, ...overrides })
  t.strictSame(all.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version)), [])
  t.strictSame(Object.keys(scripts ?? {}).filter((name) => /^(pre|post)?(install|pack|prepare|publish)|^prepublishOnly$/.test(name)), [], 'nothing of ours runs at install either')
})

t.test('install scripts are off, and nothing that we use needs one', async (t) => {
  const settings = read('.npmrc').trim().split('\n')
  t.ok(settings.includes('ignore-scripts=true'))
  t.ok(settings.includes('save-exact=true'))
  t.ok(settings.includes('omit-lockfile-registry-resolved=true'))
  t.notMatch(read('.npmrc'), /registry\s*=|_auth|\/\//, 'no registry and no credential')
  // esbuild's only checks what npm has put there.
  t.strictSame(installed.filter(([, { hasInstallScript }]) => hasInstallScript === true).map(([path]) => path), ['node_modules/esbuild'])
})

t.test('no code switches a protection of Node or of a library off', async (t) => {
  const forbidden = /insecureHTTPParser: true|rejectUnauthorized: false|trustProxy|interceptors\.(retry|cache|redirect)|RetryAgent|RetryHandler|abort-on-uncaught|pipelining: [^01]|blocking: false/
  const files = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
  t.ok(files.length > 100)
  const found = files.filter((name) => read(`src/${name}`).split('\n').some((line) => forbidden.test(line.replace(/(^|\s)\/\/.*$/, ''))))
  t.strictSame(found, ['commands/doctor/dial.ts'], 'the doctor looks at certificates that do not verify, and sends nothing there')
})
