// Keeps all credentials current: one rotator each, and a watch on the files that they are kept in.

import type { Config, CredentialConfig } from '../../config/config.ts'
import type { Verify } from './judge.ts'
import type { ReadResult } from '../read-credential.ts'
import { Rotator } from './rotator.ts'
import type { RotationEvent } from './events.ts'
import type { SourceFor } from '../schemes.ts'
import type { CredentialSlot } from '../slot.ts'
import { watchFiles, type FileWatch } from './watch-files.ts'

/** What belongs to one config; a reload brings the next. */
export interface RotatedConfig {
  readonly slots: readonly CredentialSlot[]
  readonly settings: Config['rotation']
  readonly read: (config: CredentialConfig) => Promise<ReadResult>
  readonly sourceFor: SourceFor
  readonly verify: Verify
}

export interface Rotation {
  /** Follows these credentials, and no longer the ones before. */
  follow: (config: RotatedConfig) => void
  /** LangSmith refused a request with this version of a credential. */
  refused: (credential: string, fingerprint: string) => void
  /** LangSmith told when a version ends, in milliseconds since 1970: every credential that still uses it heeds that. */
  expires: (fingerprint: string, at: number) => void
  /** Reads everything again; resolves when what was found is in use or refused. */
  rereadAll: () => Promise<void>
  stop: () => void
}

interface Followed { readonly slot: CredentialSlot, readonly rotator: Rotator, readonly watch: FileWatch | undefined }

/**
 * @param report - Takes what happens.
 * @param onDefect - Takes errors that no code expected.
 * @param now - Milliseconds since 1970.
 * @param ticks - Milliseconds on a clock that never goes back.
 */
export function createRotation (report: (event: RotationEvent) => void, onDefect: (error: unknown) => void, now: () => number, ticks: () => number): Rotation {
  let followed: readonly Followed[] = []

  function stop (): void {
    for (const { rotator, watch } of followed) {
      rotator.stop()
      watch?.stop()
    }
    followed = []
  }

  function followOne (slot: CredentialSlot, earlier: readonly Followed[], { settings, read, sourceFor, verify }: RotatedConfig): Followed {
    const { apiKey, workspaceId } = slot.config
    const references = [apiKey, ...(typeof workspaceId === 'object' ? [workspaceId] : [])]
    const sources = references.map(sourceFor)
    const before = earlier.find((known) => known.slot === slot)
    const rotator = new Rotator({
      slot, settings, verify, report, onDefect, now, ticks, state: before?.rotator.state,
      read: async () => (await read(slot.config)).credential,
      asked: sources.some(({ freshness }) => freshness === 'asked'),
      captured: sources.every(({ freshness }) => freshness === 'captured')
    })
    const files = sources.flatMap(({ files }, at) => files?.(references[at] ?? apiKey) ?? [])
    const watch = files.length === 0 ? undefined : watchFiles(files, () => { void rotator.reread() })
    rotator.start()
    if (watch !== undefined) void rotator.reread() // it may have changed between the first read and the watch
    return { slot, rotator, watch }
  }

  return {
    follow (config) {
      const earlier = followed
      stop()
      followed = config.slots.map((slot) => followOne(slot, earlier, config))
    },
    refused (credential, fingerprint) {
      followed.find(({ slot }) => slot.name === credential)?.rotator.refused(fingerprint)
    },
    expires (fingerprint, at) {
      for (const { rotator } of followed) rotator.expires(fingerprint, at)
    },
    rereadAll: async () => { await Promise.all(followed.map(({ rotator }) => rotator.reread(true))) },
    stop
  }
}
