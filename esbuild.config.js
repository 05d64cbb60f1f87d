// Builds dist/: one file for the program, and some for what is loaded only when it is used.
// Bundled, it starts twice as fast and installs without dependencies. Run by "npm run build".
//
// Beside them it says what is inside: licence texts, and a bill of materials (CycloneDX 1.5) for scanners, which
// cannot see packages in a bundle. "npm sbom" would list the development tools, too. The same sources give the same bytes.

import { Buffer } from 'node:buffer'
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { APART, apart, compiledSchema, envSchemaWhenCalled, undiciInPart } from './esbuild.plugins.js'
import { buildDashboard } from './src/dashboard/build.js'

const COMMON = {
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  sourcemap: 'linked',
  sourcesContent: false,
  metafile: true,
  minifyWhitespace: true, // a third less to read, to compile and to keep in memory
  lineLimit: 500, // Node shows the line of an error that nobody caught
  legalComments: 'none', // dist/third-party-licenses.txt has them whole
  external: ['@napi-rs/keyring'], // native, and optional: the program runs without it
  // Bundled CommonJS packages expect these.
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);'
  },
  define: { __dirname: 'import.meta.dirname', __filename: 'import.meta.filename' }
}

rmSync('dist', { recursive: true, force: true })
const results = await Promise.all([
  build({ ...COMMON, entryPoints: ['src/main.ts'], outfile: 'dist/main.js', plugins: [apart, undiciInPart, envSchemaWhenCalled, compiledSchema] }),
  ...Object.values(APART).map(({ entry, file }) => build({ ...COMMON, entryPoints: [entry], outfile: `dist/${file}` }))
])
for (const file of ['main.js', ...Object.values(APART).map(({ file }) => file)]) asciiOnly(`dist/${file}`)
const packages = bundledPackages([...results, buildDashboard('dist/dashboard')])
writeFileSync('dist/third-party-licenses.txt', licenceTexts(packages))
writeFileSync('dist/sbom.cdx.json', `${JSON.stringify(billOfMaterials(packages), null, 2)}\n`)

/**
 * Escapes the few other characters, which esbuild leaves in comments and patterns (texts it escapes itself): V8 keeps a source with
 * one of them at two bytes for each character, and that is 4 MB more for as long as the process lives.
 */
function asciiOnly (file) {
  writeFileSync(file, readFileSync(file, 'utf8').replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`))
}

/** All packages that are in the bundles, each version once, with what they say about themselves and how many bytes of each file they are. */
function bundledPackages (results) {
  const found = new Map()
  for (const [output, { inputs }] of results.flatMap(({ metafile }) => Object.entries(metafile.outputs))) {
    for (const [input, { bytesInOutput }] of Object.entries(inputs)) {
      const folder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0]
      if (folder === undefined) continue
      const described = readJson(join(folder, 'package.json'))
      const { bytes } = found.get(purl(described)) ?? found.set(purl(described), { folder, bytes: {}, ...described }).get(purl(described))
      bytes[output] = (bytes[output] ?? 0) + bytesInOutput
    }
  }
  return [...found.keys()].sort().map((ref) => found.get(ref))
}

/** The licence texts, as the licences ask for. */
function licenceTexts (packages) {
  return packages.map(({ folder, name, version, license }) => {
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry))
    const text = file === undefined ? `License: ${license}` : readFileSync(join(folder, file), 'utf8').trim()
    return `${name} ${version}\n\n${text}\n`
  }).join(`\n${'-'.repeat(78)}\n\n`)
}

/** https://cyclonedx.org/docs/1.5/json/; without time and serial number, so that a build can be repeated. */
function billOfMaterials (packages) {
  const own = readJson('package.json')
  const lock = readJson('package-lock.json').packages
  const optional = Object.keys(own.optionalDependencies).map((name) => {
    const folder = `node_modules/${name}`
    return { folder, name, bytes: {}, ...lock[folder], optional: true } // may not be installed
  })
  const all = [...packages, ...optional]
  const refs = new Set(all.map(purl))
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.5.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: {
      lifecycles: [{ phase: 'build' }],
      component: { type: 'application', 'bom-ref': purl(own), name: own.name, version: own.version, description: own.description, licenses: licences(own), purl: purl(own) }
    },
    components: all.map((one) => ({
      type: 'library',
      'bom-ref': purl(one),
      name: one.name,
      version: one.version,
      scope: one.optional === true ? 'optional' : 'required',
      hashes: [{ alg: 'SHA-512', content: Buffer.from(lock[one.folder].integrity.replace('sha512-', ''), 'base64').toString('hex') }],
      licenses: licences(one),
      purl: purl(one),
      properties: Object.entries(one.bytes).map(([output, bytes]) => ({ name: `langsmith-proxy:bytes:${output}`, value: String(bytes) }))
    })),
    dependencies: [
      { ref: purl(own), dependsOn: all.filter(({ name, folder }) => folder === `node_modules/${name}` && name in { ...own.devDependencies, ...own.optionalDependencies }).map(purl) },
      ...all.map((one) => ({ ref: purl(one), dependsOn: neededBy(one, lock).filter((ref) => refs.has(ref)) }))
    ]
  }
}

/** Resolves the dependencies of a package as Node does: nearest node_modules first. */
function neededBy ({ folder, dependencies = {} }, lock) {
  return Object.keys(dependencies).sort().flatMap((name) => {
    for (let from = folder; ; from = from.slice(0, Math.max(0, from.lastIndexOf('/node_modules/')))) {
      const place = `${from === '' ? '' : `${from}/`}node_modules/${name}`
      if (lock[place] !== undefined) return [purl({ name, ...lock[place] })]
      if (from === '') return []
    }
  })
}

function purl ({ name, version }) {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`
}

function licences ({ license }) {
  return license.includes(' ') ? [{ expression: license }] : [{ license: { id: license } }]
}

function readJson (path) {
  return JSON.parse(readFileSync(path, 'utf8'))
}
