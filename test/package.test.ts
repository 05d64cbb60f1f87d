// The package as a user gets it: packed, installed into an empty folder without the repository, run.

import { execFile } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'

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
  for (const file of ['README.md', 'LICENSE', 'CHANGELOG.md', 'SECURITY.md', 'config/local.yaml', 'config/schema.json', 'dist/third-party-licenses.txt']) {
    t.ok(existsSync(join(installed, file)), file)
  }

  const version = await run('npx', ['--no-install', 'langsmith-proxy', '--version'], app)
  t.match(version.stdout, /^\d+\.\d+\.\d+\n$/)
  const demo = await run('npx', ['--no-install', 'langsmith-proxy', 'demo', '--once'], app)
  t.match(demo.stdout, '403 Forbidden (langsmith-proxy: ')
  const checked = await run('npx', ['--no-install', 'langsmith-proxy', 'check'], { ...app, env: { ...env, LANGSMITH_API_KEY: `lsv2_pt_${'0'.repeat(32)}_${'0'.repeat(10)}` } })
  t.match(checked.stdout, 'https://api.smith.langchain.com')
})
