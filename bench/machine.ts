// What the bench needs of a machine, and what it says about the one it ran on.

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { PATH, versionOf } from '../test/conformance/targets/installed.ts'

const PROGRAMS = { wrk: ['-v'], nginx: ['-v'], taskset: ['--version'] } as const

/** What is not there; HAProxy and Caddy may be missing. */
export function missingHere (): { readonly missing: readonly string[], readonly hint: string } {
  if (process.platform !== 'linux') return { missing: ['Linux (/proc)'], hint: 'run it in a container or a virtual machine' }
  const missing = Object.entries(PROGRAMS).filter(([name, args]) => versionOf(name, args, /()/) === undefined).map(([name]) => name)
  return { missing, hint: `apt-get install ${missing.map((name) => name === 'taskset' ? 'util-linux' : name).join(' ')}` }
}

/** Versions of the load and of the upstream. */
export function toolVersions (): string {
  return `upstream nginx ${versionOf('nginx', ['-v'], /nginx\/([\d.]+)/) ?? '?'}, load wrk ${versionOf('wrk', ['-v'], /wrk (?:debian\/)?([\d.]+)/) ?? '?'}`
}

/** Processor, memory, system and kernel. */
export function machine (): string {
  return `${cpus()[0]?.model.trim() ?? 'unknown CPU'}, ${cpus().length} cores, ${Math.round(totalmem() / 1024 ** 3)} GiB, ${systemName()}, Linux ${release()}`
}

/** The commit that was measured, and whether the sources differ from it. */
export function commit (): string {
  try {
    const git = (...args: readonly string[]): string => execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], env: { PATH } }).trim()
    return git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain', '--', 'src', 'package-lock.json') === '' ? '' : ' with changes')
  } catch {
    return 'unknown'
  }
}

function systemName (): string {
  try {
    return /^PRETTY_NAME="(.*)"$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'unknown system'
  } catch {
    return 'unknown system'
  }
}
