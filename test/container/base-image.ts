// A stand-in for the base image of the Dockerfile, for machines that cannot pull from a registry of images: Debian,
// the same version of Node (from npm), and npm. It takes minutes to make, so it is kept for the next time.

import { chmodSync, cpSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { command } from './command.ts'

const ROOT = new URL('../..', import.meta.url).pathname
/** Of the images that node:…-slim is. */
const DEBIAN = 'bookworm'
const CACHE = '/var/tmp/langsmith-proxy-test-images'
const MINUTES = 60_000

export interface Base {
  /** As in the Dockerfile, such as `node:24.21.0-slim`. */
  readonly name: string
  /** A tar file of the whole file system. */
  readonly archive: string
}

/** The base image of the Dockerfile; made, where it is not kept from an earlier time. */
export async function baseImage (say: (text: string) => void): Promise<Base> {
  const names = [...readFileSync(join(ROOT, 'Dockerfile'), 'utf8').matchAll(/^FROM (node:(\d+\.\d+\.\d+)-slim)\b/gm)]
  const [[, name = '', version = ''] = []] = names
  if (names.some(([, other]) => other !== name)) throw new Error('the Dockerfile has several base images')
  const archive = join(ownFolder(CACHE), `node-${version}-${DEBIAN}-${process.arch}.tar`)
  if (existsSync(archive)) return { name, archive }
  say(`making a stand-in for ${name}, once: ${archive}`)
  const work = mkdtempSync(join(CACHE, 'new-'))
  try {
    const tree = join(work, 'tree')
    await command('debootstrap', ['--variant=minbase', '--include=curl', DEBIAN, tree], { patience: 20 * MINUTES })
    for (const left of ['var/cache/apt', 'var/lib/apt/lists', 'var/log']) rmSync(join(tree, left), { recursive: true, force: true })
    await addNode(tree, work, version)
    await command('tar', ['--numeric-owner', '-C', tree, '-cf', join(work, 'tree.tar'), '.'], { patience: 5 * MINUTES })
    renameSync(join(work, 'tree.tar'), archive)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
  return { name, archive }
}

// As the official image has them.
async function addNode (tree: string, work: string, version: string): Promise<void> {
  const parcel = await command('npm', ['pack', '--silent', '--pack-destination', work, `node-linux-${process.arch}@${version}`], { patience: 5 * MINUTES })
  await command('tar', ['-C', work, '-xzf', join(work, parcel)])
  const local = join(tree, 'usr/local')
  cpSync(join(work, 'package/bin/node'), join(local, 'bin/node'))
  chmodSync(join(local, 'bin/node'), 0o755)
  cpSync(join(await command('npm', ['root', '--global']), 'npm'), join(local, 'lib/node_modules/npm'), { recursive: true })
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(local, 'bin/npm'))
}

// Anyone may write to /var/tmp, and root will run what it finds there.
function ownFolder (path: string): string {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  const { uid, mode } = lstatSync(path)
  if (uid !== process.getuid?.() || (mode & 0o022) !== 0 || !lstatSync(path).isDirectory()) throw new Error(`${path} belongs to somebody else`)
  return path
}
