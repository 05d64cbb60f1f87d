// A container engine of our own: storage, networks and settings in one temporary folder, so that the tests
// neither see nor leave anything in that of the machine.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { command, tryCommand } from './command.ts'

export interface Surroundings {
  readonly folder: string
  /** Makes podman, buildah and the service that docker-compose talks to use the folder. */
  readonly env: Readonly<Record<string, string>>
  /** Removes every container, network and mount that is left, and the folder. */
  readonly remove: () => Promise<void>
}

/** @returns An engine with no images; not below /tmp, which may be memory. */
export async function makeSurroundings (): Promise<Surroundings> {
  const folder = mkdtempSync('/var/tmp/lsp-') // short: sockets lie deep below it, and their paths end at 108 bytes
  for (const name of ['networks', 'tmp', 'copies']) mkdirSync(join(folder, name))
  const env = { CONTAINERS_CONF: join(folder, 'containers.conf'), CONTAINERS_STORAGE_CONF: join(folder, 'storage.conf'), TMPDIR: join(folder, 'copies'), BUILDAH_ISOLATION: 'chroot' }
  writeFileSync(env.CONTAINERS_CONF, settings(folder))
  writeFileSync(env.CONTAINERS_STORAGE_CONF, storage(folder, 'overlay'))
  // On some file systems overlays cannot be; vfs copies whole trees instead, which always works and is slow.
  if ((await tryCommand('podman', ['info'], { env })).code !== 0) {
    rmSync(join(folder, 'root'), { recursive: true, force: true })
    writeFileSync(env.CONTAINERS_STORAGE_CONF, storage(folder, 'vfs'))
    await command('podman', ['info'], { env })
  }
  return { folder, env, remove: () => remove(folder, env) }
}

// runc and cgroupfs work without systemd; the usual limits of podman are above what a container may be allowed here.
function settings (folder: string): string {
  return `[containers]
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
tmp_dir = "${folder}/tmp"
[network]
network_backend = "netavark"
network_config_dir = "${folder}/networks"
`
}

function storage (folder: string, driver: 'overlay' | 'vfs'): string {
  return `[storage]\ndriver = "${driver}"\ngraphroot = "${folder}/root"\nrunroot = "${folder}/run"\n`
}

async function remove (folder: string, env: Surroundings['env']): Promise<void> {
  await tryCommand('podman', ['pod', 'rm', '--all', '--force', '--time', '0'], { env })
  await tryCommand('podman', ['rm', '--all', '--force', '--time', '0'], { env })
  await tryCommand('podman', ['network', 'prune', '--force'], { env })
  await tryCommand('sh', ['-c', 'awk -v at="$1/" \'index($2, at) == 1 { print $2 }\' /proc/self/mounts | sort -r | xargs -r umount', 'sh', folder])
  await tryCommand('sh', ['-c', 'find /sys/fs/cgroup -depth -type d -path "*/libpod_parent*" -exec rmdir {} +']) // only what holds nothing can be removed
  rmSync(folder, { recursive: true, force: true })
}
