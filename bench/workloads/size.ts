// What an installation takes on the disk. The package has no dependencies but an optional native one, for the keychain, whose
// size is taken from this folder's node_modules: installing it would need the registry.

import { execFileSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SIZE } from '../columns.ts'
import { OURS } from '../workload.ts'
import type { Workload } from '../workload.ts'

const ID = 'size'
const MIB = 1024 ** 2
const ROOT = fileURLToPath(new URL('../../', import.meta.url))

export const size: Workload = {
  id: ID,
  title: 'install size (npm pack --dry-run)',
  async run (bench) {
    if (!bench.servers.has(OURS)) return
    const text = execFileSync('npm', ['pack', '--dry-run', '--json', '--silent'], { cwd: ROOT, encoding: 'utf8' })
    const [packed] = JSON.parse(text) as { readonly size: number, readonly unpackedSize: number }[]
    if (packed === undefined) throw new Error('npm pack names no package')
    bench.tell({ workload: ID, server: OURS, column: SIZE.packed, value: packed.size / MIB })
    bench.tell({ workload: ID, server: OURS, column: SIZE.unpacked, value: packed.unpackedSize / MIB })
    const keychain = sizeOf(join(ROOT, 'node_modules/@napi-rs'))
    if (keychain > 0) bench.tell({ workload: ID, server: OURS, column: SIZE.keychain, value: keychain / MIB })
    bench.say(ID)
  }
}

function sizeOf (folder: string): number {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .reduce((sum, entry) => sum + (entry.isFile() ? statSync(join(entry.parentPath, entry.name)).size : 0), 0)
  } catch {
    return 0 // not installed
  }
}
