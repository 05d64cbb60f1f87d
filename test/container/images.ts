// Builds the images as the Dockerfile says, from the stand-in for its base.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import type { Base } from './base-image.ts'
import { command } from './command.ts'
import type { Surroundings } from './surroundings.ts'

const ROOT = new URL('../..', import.meta.url).pathname
const MINUTES = 60_000

/** Names as they stand in docker-compose.yml. */
export const PROXY = 'localhost/langsmith-proxy'
export const SANDBOX = 'localhost/langsmith-proxy-sandbox'
/** A program that knows no key; in the tests it is the base image, which has curl and Node. */
export const APP = 'docker.io/curlimages/curl'

export const VERSION = '0.0.0-test'

/** Makes all images in these surroundings. */
export async function makeImages (base: Base, { folder, env }: Pick<Surroundings, 'folder' | 'env'>): Promise<void> {
  const options = { env, patience: 10 * MINUTES }
  const PATH = 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
  await command('podman', ['import', '--quiet', '--change', PATH, '--change', 'CMD ["node"]', base.archive, `docker.io/library/${base.name}`], options)
  const npm = await npmSettings(join(folder, 'npm'))
  for (const [target, tag] of [['sandbox', SANDBOX], ['proxy', PROXY]] as const) {
    await command('buildah', [
      'bud', '--pull-never', '--format', 'docker', '--layers', '--network', 'host', ...npm, '--build-arg', `VERSION=${VERSION}`, '--target', target, '--tag', tag, ROOT
    ], options)
  }
  const file = join(folder, 'app.dockerfile')
  writeFileSync(file, `FROM ${base.name}\nUSER 100:101\nENTRYPOINT ["curl"]\n`)
  await command('buildah', ['bud', '--pull-never', '--tag', `${APP}:latest`, '--file', file, folder], options)
}

// "npm ci" of the build needs the registry, its certificates and perhaps a password, as npm on this machine has
// them. They are lent to the build and are in no layer.
async function npmSettings (folder: string): Promise<readonly string[]> {
  mkdirSync(folder, { mode: 0o700 })
  const [user, global, registry, authority, cache] = await Promise.all(['userconfig', 'globalconfig', 'registry', 'cafile', 'cache'].map((name) => command('npm', ['config', 'get', name])))
  const lines = [user, global].flatMap((file = '') => existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []).filter((line) => !/^\s*(?:cafile|cache|prefix|nodedir)\s*=/.test(line))
  const certificates = [authority, process.env.NODE_EXTRA_CA_CERTS].find((file = '') => existsSync(file))
  if (certificates !== undefined) {
    writeFileSync(join(folder, 'ca.pem'), readFileSync(certificates))
    lines.push('cafile=/usr/local/etc/ca.pem')
  }
  writeFileSync(join(folder, 'npmrc'), [...lines, `registry=${registry ?? ''}`, 'prefer-offline=true', ''].join('\n'), { mode: 0o600 })
  return ['--volume', `${folder}:/usr/local/etc:ro`, ...existsSync(cache ?? '') ? ['--volume', `${cache ?? ''}:/root/.npm:rw`] : []]
}
