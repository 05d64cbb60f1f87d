// The flags that set something, as the same settings in another spelling.

import { PREFIX, type FlatSetting } from './flat.ts'
import type { Mistakes } from './mistakes.ts'

/** Flags of the command line as they were written; what was not written is undefined. */
export interface Flags {
  readonly config?: string | undefined
  readonly host?: string | undefined
  readonly port?: string | undefined
  readonly logLevel?: string | undefined
  readonly quiet?: boolean | undefined
  readonly allowMissingSecrets?: boolean | undefined
}

/** What the flags set, as text. */
export function readFlags (flags: Flags, mistakes: Mistakes): readonly FlatSetting[] {
  const quiet = flags.quiet === true
  if (quiet && flags.logLevel !== undefined) mistakes.add('--quiet', 'cannot go with --log-level; it means --log-level error')
  const settings = [
    { variable: `${PREFIX}LISTEN_HOST`, place: '--host', text: flags.host },
    { variable: `${PREFIX}LISTEN_PORT`, place: '--port', text: flags.port },
    quiet
      ? { variable: `${PREFIX}LOG_LEVEL`, place: '--quiet', text: 'error' }
      : { variable: `${PREFIX}LOG_LEVEL`, place: '--log-level', text: flags.logLevel },
    { variable: `${PREFIX}SECRETS_ALLOW_MISSING`, place: '--allow-missing-secrets', text: flags.allowMissingSecrets === true ? 'true' : undefined }
  ]
  return settings.flatMap(({ text, ...setting }) => text === undefined ? [] : [{ ...setting, text: text.trim() }])
}
