// What the container tests need and a developer's machine may not have.

import { spawnSync } from 'node:child_process'
import process from 'node:process'

/** Program by Debian package: what builds, runs and composes containers without Docker, and makes a base image without a registry. */
const PROGRAMS = { podman: 'podman', buildah: 'buildah', runc: 'runc', 'docker-compose': 'docker-compose', debootstrap: 'debootstrap', curl: 'curl' } as const

/** @returns Why the container tests cannot run here; undefined where they can. */
export function whatIsMissing (): string | undefined {
  if (process.platform !== 'linux') return 'containers need Linux'
  if (process.getuid?.() !== 0) return 'needs root: containers get a network of their own, and debootstrap makes a base image'
  const missing = Object.entries(PROGRAMS).filter(([program]) => !isThere(program)).map(([, name]) => name)
  if (missing.length > 0) return `needs ${missing.join(', ')} (apt-get install ${missing.join(' ')})`
  const apart = spawnSync('unshare', ['--net', '--mount', '--pid', '--fork', 'true'])
  return apart.status === 0 ? undefined : 'needs the right to make namespaces, which containers usually do not have'
}

function isThere (program: string): boolean {
  return spawnSync('sh', ['-c', 'command -v "$1"', 'sh', program]).status === 0
}
