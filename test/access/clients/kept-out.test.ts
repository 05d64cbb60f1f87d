// A clients file lies beside its config, which may be the one of this repository: neither a commit nor a package takes it along.

import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const ROOT = new URL('../../..', import.meta.url).pathname
const OURS = ['clients.yaml', 'clients.yaml.lock', '.clients.yaml.0123456789ab.tmp'] // the lock, and what a writer that was killed leaves

t.test('npm packs no clients file', async (t) => {
  const folder = t.testdir({ config: Object.fromEntries([...OURS, 'local.yaml'].map((name) => [name, ''])), home: {} })
  copyFileSync(join(ROOT, 'package.json'), join(folder, 'package.json'))
  const env = { PATH: process.env.PATH, HOME: join(folder, 'home'), npm_config_cache: join(folder, 'home/cache'), npm_config_update_notifier: 'false' }
  const [packed] = JSON.parse(execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: folder, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })) as { files: { path: string }[] }[]
  const paths = packed?.files.map(({ path }) => path) ?? []
  t.ok(paths.includes('config/local.yaml'), 'what it is there for')
  t.strictSame(paths.filter((path) => path.includes('clients')), [])
})

t.test('git takes no clients file', { skip: spawnSync('git', ['--version']).status !== 0 && 'needs git' }, async (t) => {
  const folder = t.testdir({ config: {} })
  copyFileSync(join(ROOT, '.gitignore'), join(folder, '.gitignore'))
  const env = { PATH: process.env.PATH, HOME: folder }
  execFileSync('git', ['init', '--quiet'], { cwd: folder, env })
  const paths = [...OURS, 'local.yaml'].map((name) => `config/${name}`)
  const ignored = execFileSync('git', ['check-ignore', ...paths], { cwd: folder, env, encoding: 'utf8' }).trim().split('\n')
  t.strictSame(ignored, paths.slice(0, -1))
})
