// docs/dependencies.md: what is in the bundle, how heavy it is and why it is there. Made from the bill of
// materials that the build writes, so it says what ships and not what is installed.

import { readFileSync, statSync } from 'node:fs'
import { page, table } from './page.ts'

const ROOT = new URL('../..', import.meta.url)
/** What runs as the proxy: the first always, the next where a setting or a command needs them, the last in a browser. */
export const PROGRAM = ['main.js', 'age-encryption.js', 'prompts.js', 'rate-limiters.js', 'redis-client.js', 'dashboard/dashboard.js'].map((file) => `dist/${file}`)

/** What the page and its test read of dist/sbom.cdx.json. */
export interface BillOfMaterials {
  readonly bomFormat: string
  readonly specVersion: string
  readonly metadata: { readonly component: { readonly 'bom-ref': string } }
  readonly components: readonly {
    readonly 'bom-ref': string
    readonly name: string
    readonly version: string
    readonly scope: string
    readonly purl: string
    readonly hashes: readonly { readonly alg: string, readonly content: string }[]
    readonly licenses: readonly { readonly license?: { readonly id: string }, readonly expression?: string }[]
    readonly properties: readonly { readonly name: string, readonly value: string }[]
  }[]
  readonly dependencies: readonly { readonly ref: string, readonly dependsOn: readonly string[] }[]
}

/** Why each direct dependency is there; a new one needs a line. */
const REASONS: Readonly<Record<string, string>> = {
  '@clack/prompts': 'questions of `init`; hides a key while it is typed',
  '@fastify/http-proxy': 'mounts the routes ([decision 1](decisions/0001-forwarding.md)); brings reply-from and ws, which never run',
  '@napi-rs/keyring': 'keychain of the system; native, optional, not in the bundle',
  '@redis/client': 'counts together with other proxies; a file of its own, loaded where `limits.redis` is set',
  'age-encryption': 'encrypted file for keys where there is no keychain',
  ajv: 'checks the config file: all mistakes at once, none corrected silently',
  'env-schema': 'turns variables into the types of the settings',
  'fastest-levenshtein': '"did you mean" for misspelt settings',
  fastify: 'the hooks that a request passes, and the router',
  'fastify-plugin': 'declares what a plugin needs before it',
  fzstd: 'reads zstd answers of refusals; Node 20 cannot',
  pino: 'log lines that never block a request',
  preact: 'the parts of the dashboard\'s page',
  'prom-client': 'metrics; brings @opentelemetry/api for types and a tracer that does nothing',
  'rate-limiter-flexible': 'counts requests of clients, here or in Redis; a file of its own, loaded where `limits.requests` is set',
  typebox: 'the one list of settings, with types',
  undici: 'connections to LangSmith: raw targets and headers, verified TLS, pools',
  uplot: 'the charts of the dashboard',
  yaml: 'the config file, with line numbers for mistakes'
}

/** The bill of materials of the last build. */
export function readBillOfMaterials (): BillOfMaterials {
  return JSON.parse(readFileSync(new URL('dist/sbom.cdx.json', ROOT), 'utf8')) as BillOfMaterials
}

/** The page, for what was built last. @throws Error where a direct dependency has no reason. */
export function dependenciesPage (): string {
  const bill = readBillOfMaterials()
  const own = bill.metadata.component['bom-ref']
  const direct = new Set(bill.dependencies.find(({ ref }) => ref === own)?.dependsOn)
  const nameOf = new Map(bill.components.map(({ 'bom-ref': ref, name }) => [ref, name]))
  const cells = (component: BillOfMaterials['components'][number]): readonly string[] => [
    component.name, component.version, component.licenses.map(({ license, expression }) => license?.id ?? expression ?? '').join(', '),
    component.scope === 'optional' ? 'no' : kib(bytesOf(component))
  ]
  const chosen = bill.components.filter(({ 'bom-ref': ref }) => direct.has(ref)).toSorted((a, b) => a.name < b.name ? -1 : 1)
  const others = bill.components.filter(({ 'bom-ref': ref }) => !direct.has(ref))
  const bundled = bill.components.filter(({ scope }) => scope === 'required')
  const foreign = bundled.reduce((sum, component) => sum + bytesOf(component), 0)
  const tools = Object.keys(manifest().devDependencies).filter((name) => !chosen.some((component) => component.name === name))

  return page('Dependencies', [
    'The package is a bundle: installing it fetches nothing else, except the keychain where the platform has one. What is inside, with',
    'hashes and who needs what, is in `dist/sbom.cdx.json` (CycloneDX 1.5), the licences are in `dist/third-party-licenses.txt`; both are in the package and the image.',
    '',
    `${bundled.length} packages of others, ${chosen.length - 1} of them chosen by us: ${kib(foreign)} of the ${mb(PROGRAM.reduce((sum, file) => sum + statSync(new URL(file, ROOT)).size, 0))} of ${PROGRAM.map((file) => `\`${file}\``).join(', ')}. Blanks are left out; the last is minified.`,
    'Every version is exact, every entry of the lockfile has a SHA-512, and no install script runs (`.npmrc`). Floors for versions',
    'with known holes are in [test/supply-chain.test.ts](../test/supply-chain.test.ts).',
    '',
    '## Chosen by us',
    '',
    ...table(['Package', 'Version', 'Licence', 'In the program', 'Why'], chosen.map((component) => [...cells(component), reasonFor(component.name)])),
    '',
    '## Needed by those',
    '',
    ...table(['Package', 'Version', 'Licence', 'In the program', 'Needed by'], others.map((component) => [
      ...cells(component),
      bill.dependencies.filter(({ dependsOn }) => dependsOn.includes(component['bom-ref'])).map(({ ref }) => nameOf.get(ref) ?? '').join(', ')
    ])),
    '',
    '## For development only',
    '',
    `${tools.join(', ')}. None of it is in the package.`
  ])
}

/** Sizes shift a little with our own code; names, versions and licences do not. @returns What of the written page is out of date. */
export function outdated (written: string, current: string): readonly string[] {
  const sizes = (text: string): readonly number[] => [...text.matchAll(SIZE)].map(([, size]) => Number(size))
  if (written.replaceAll(SIZE, '_') !== current.replaceAll(SIZE, '_')) return ['names, versions, licences or reasons']
  const now = sizes(current)
  return sizes(written).flatMap((size, i) => Math.abs(size - (now[i] ?? 0)) > Math.max(3, size * 0.1) ? [`${size} is ${now[i] ?? 0} now`] : [])
}

const SIZE = /\b(\d+(?:\.\d)?) (?:KiB|MB)\b/g

function reasonFor (name: string): string {
  const reason = REASONS[name]
  if (reason === undefined) throw new Error(`test/support/dependencies.ts: say why we need ${name}`)
  return reason
}

function manifest (): { readonly devDependencies: Readonly<Record<string, string>> } {
  return JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8')) as ReturnType<typeof manifest>
}

function bytesOf ({ properties }: BillOfMaterials['components'][number]): number {
  return properties.filter(({ name }) => PROGRAM.some((file) => name.endsWith(`:${file}`))).reduce((sum, { value }) => sum + Number(value), 0)
}

function kib (bytes: number): string {
  return `${Math.round(bytes / 1024)} KiB`
}

function mb (bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
