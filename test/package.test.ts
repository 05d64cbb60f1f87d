// The package as a user gets it: packed, installed into an empty folder without the repository, run. And what it
// says about itself: only this file builds dist/, so the tests of what the build writes are here.

import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { dependenciesPage, outdated, PROGRAM, readBillOfMaterials } from './support/dependencies.ts'

const run = promisify(execFile)
const ROOT = new URL('..', import.meta.url).pathname

t.test('the packed package installs without dependencies and works, also without the optional one', async (t) => {
  const folder = t.testdir({ home: {}, cache: {}, app: { 'package.json': '{"private":true}' } })
  const env = { PATH: process.env.PATH, HOME: join(folder, 'home'), npm_config_cache: join(folder, 'cache'), npm_config_update_notifier: 'false' }
  const app = { cwd: join(folder, 'app'), env }

  // As the README says it: .npmrc forbids the scripts of packages, and so a "prepack" that would build.
  await run('npm', ['run', '-s', 'build'], { cwd: ROOT, env })
  const packed = await run('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: ROOT, env })
  const tarball = join(folder, packed.stdout.trim().split('\n').at(-1) ?? '')
  // Offline, the one optional package (the system's keychain) is not to be had; the program works without it.
  await run('npm', ['install', '--offline', '--omit=optional', '--no-fund', '--no-audit', tarball], app)

  const modules = join(folder, 'app/node_modules')
  t.strictSame(readdirSync(modules).filter((name) => !name.startsWith('.')), ['langsmith-proxy'], 'nothing else is installed')
  t.comment(`packed: ${Math.round(statSync(tarball).size / 1024)} KiB`)
  const installed = join(modules, 'langsmith-proxy')
  for (const file of ['README.md', 'LICENSE', 'CHANGELOG.md', 'SECURITY.md', 'config/local.yaml', 'config/schema.json', 'dist/third-party-licenses.txt', 'dist/sbom.cdx.json', 'dist/dashboard/index.html', 'dist/dashboard/dashboard.js', 'dist/dashboard/dashboard.css', 'dist/dashboard/icon.svg']) {
    t.ok(existsSync(join(installed, file)), file)
  }

  const version = await run('npx', ['--no-install', 'langsmith-proxy', '--version'], app)
  t.match(version.stdout, /^\d+\.\d+\.\d+\n$/)
  const demo = await run('npx', ['--no-install', 'langsmith-proxy', 'demo', '--once'], app)
  t.match(demo.stdout, '403 Forbidden (langsmith-proxy: ')
  const checked = await run('npx', ['--no-install', 'langsmith-proxy', 'check'], { ...app, env: { ...env, LANGSMITH_API_KEY: `lsv2_pt_${'0'.repeat(32)}_${'0'.repeat(10)}` } })
  t.match(checked.stdout, 'https://api.smith.langchain.com')
})

// The build puts compiled code in place of the schema of the file, and loads env-schema late: the program must not judge otherwise than its sources.
t.test('the bundle reads config file, variables and flags as the sources do', async (t) => {
  const files = {
    right: 'log: { level: error }\ncredentials: { main: { apiKey: "env:KEY" } }\nroutes: [{ prefix: /, region: us, credential: main }]\n',
    wrong: 'listen: { port: "80", prot: 1 }\ncredentials: { main: { apikey: "env:KEY" } }\nroutes: { prefix: / }\nlimits: { inFlight: -1 }\n'
  }
  const folder = t.testdir(Object.fromEntries(Object.entries(files).map(([name, text]) => [`${name}.yaml`, text])))
  const variables = { LANGSMITH_PROXY_DRAIN_DELAY: 'soon', LANGSMITH_PROXY_LISTEN_ALLOWED_HOSTS: 'a.example, b.example' }
  const check = async (program: readonly string[], name: string, env = {}): Promise<unknown> => {
    // Without tap's own options: the lines of a bundle would count as lines of the sources that were not run.
    return await run('env', ['-u', 'NODE_OPTIONS', process.execPath, ...program, 'check', '--config', join(folder, `${name}.yaml`), '--port', '6001'], { cwd: ROOT, env: { PATH: process.env.PATH, HOME: folder, KEY: `lsv2_pt_${'0'.repeat(32)}_${'0'.repeat(10)}`, ...env } })
      .then(({ stdout, stderr }) => ({ code: 0, stdout, stderr }), (error: unknown) => { const { code, stdout, stderr } = error as { code: number, stdout: string, stderr: string }; return { code, stdout, stderr } })
  }
  for (const [name, env, expected] of [
    ['right', {}, { code: 0, stdout: /env:KEY/ }], ['right', variables, { code: 2, stderr: /DRAIN_DELAY/ }], ['wrong', {}, { code: 2, stderr: /prot[^]*apikey|apikey[^]*prot/ }]
  ] as const) {
    const built = await check(['dist/main.js'], name, env)
    t.match(built, expected, `${name}, ${Object.keys(env).length} variables`)
    t.strictSame(built, await check(['--import', 'tsx', 'src/main.ts'], name, env))
  }
})

t.test('the image gets every file of the bundle but the sandbox', async (t) => {
  const dockerfile = readFileSync(join(ROOT, 'Dockerfile'), 'utf8')
  const files = readdirSync(join(ROOT, 'dist')).filter((name) => name.endsWith('.js'))
  t.ok(files.length > 1)
  t.strictSame(files.filter((name) => !dockerfile.includes(`/build/dist/${name} `)), [])
})

// A single other character, in a comment of a library too, would cost two bytes of memory for each character of the file.
t.test('the bundles are ASCII', async (t) => {
  for (const name of readdirSync(join(ROOT, 'dist')).filter((name) => name.endsWith('.js'))) {
    const bytes = readFileSync(join(ROOT, 'dist', name))
    t.notOk(bytes.some((byte) => byte > 0x7f), name)
    t.ok(Math.max(...bytes.toString('latin1').split('\n').map(({ length }) => length)) < 20_000, `${name}: Node shows the whole line of an error that nobody caught`)
  }
})

t.test('the bill of materials lists what is in the bundle, and nothing else', async (t) => {
  const text = readFileSync(join(ROOT, 'dist/sbom.cdx.json'), 'utf8')
  const bill = readBillOfMaterials()
  t.match(bill, { bomFormat: 'CycloneDX', specVersion: '1.5', metadata: { component: { 'bom-ref': /^pkg:npm\/langsmith-proxy@\d/ } } })
  t.notMatch(text, /serialNumber|timestamp|node_modules|file:|https?:\/\/(?!cyclonedx\.org)/, 'the same sources give the same bytes, on every machine')

  const lock = Object.entries((JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as { packages: Record<string, { version: string, integrity: string }> }).packages)
  for (const { name, version, purl, 'bom-ref': ref, hashes, licenses } of bill.components) {
    const locked = lock.find(([path, entry]) => path.endsWith(`node_modules/${name}`) && entry.version === version)
    t.equal(purl, `pkg:npm/${name.replace('@', '%40')}@${version}`)
    t.equal(ref, purl)
    t.equal(hashes[0]?.content, Buffer.from(locked?.[1].integrity.slice('sha512-'.length) ?? '', 'base64').toString('hex'), `${purl}: the hash of the lockfile`)
    t.ok(licenses.every(({ license, expression }) => /^[\w.()+ -]+$/.test(license?.id ?? expression ?? '')), `${purl}: a licence`)
  }
  const refs = new Set(bill.components.map(({ purl }) => purl))
  t.equal(refs.size, bill.components.length, 'each once')
  t.ok(bill.dependencies.every(({ dependsOn }) => dependsOn.every((ref) => refs.has(ref))), 'what is needed is listed')
  const needed = new Set(bill.dependencies.flatMap(({ dependsOn }) => dependsOn))
  t.strictSame([...refs].filter((ref) => !needed.has(ref)), [], 'what is listed is needed')
  t.strictSame(bill.components.filter(({ scope }) => scope !== 'required').map(({ name }) => name), ['@napi-rs/keyring'])

  const sources = PROGRAM.filter((file) => !file.includes('dashboard')).flatMap((file) => (JSON.parse(readFileSync(join(ROOT, `${file}.map`), 'utf8')) as { sources: string[] }).sources)
  const inBundle = new Set(sources.map((source) => /^.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source)?.[1]).filter((name) => name !== undefined))
  t.ok(inBundle.size > 50)
  t.strictSame([...inBundle].filter((name) => !bill.components.some((component) => component.name === name)), [], 'nothing is in the bundle that is not listed')
})

t.test('docs/dependencies.md says what was built', async (t) => {
  t.strictSame(outdated(readFileSync(join(ROOT, 'docs/dependencies.md'), 'utf8'), dependenciesPage()), [], 'run npm run generate')
  t.strictSame(outdated('| a | 10 KiB |', '| b | 10 KiB |'), ['names, versions, licences or reasons'])
  t.strictSame(outdated('| a | 100 KiB |', '| a | 120 KiB |'), ['100 is 120 now'])
})
