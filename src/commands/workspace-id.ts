// The workspace ID that is stored beside a key: for keys that cover several workspaces.

import { textFlag } from './command.ts'
import type { CommandContext } from './command.ts'
import { askText } from './terminal.ts'
import { ProxyError } from '../errors.ts'
import { isUuid } from '../secrets/id.ts'
import { inspectKey } from '../secrets/key-shape.ts'

/** What --workspace-id says; empty for none, undefined without the flag. @throws ProxyError `usage-invalid`. */
export function workspaceOfFlags (flags: CommandContext['flags']): string | undefined {
  const text = textFlag(flags, 'workspace-id')?.trim()
  const mistake = mistakeOf(text ?? '')
  if (mistake !== undefined) throw new ProxyError('usage-invalid', `--workspace-id ${mistake}`, { hint: 'copy it from LangSmith → Settings → Workspaces, or leave it out' })
  return text
}

/** @returns Empty for none. */
export function askWorkspace (): Promise<string> {
  return askText('Workspace ID: only for a key of several workspaces, else leave it empty', (text) => {
    const mistake = mistakeOf(text)
    return mistake === undefined ? undefined : `It ${mistake}.`
  })
}

// Anything but a UUID makes LangSmith answer 401 as if the key were wrong.
function mistakeOf (text: string): string | undefined {
  if (text === '' || isUuid(text)) return undefined
  return inspectKey(text).kind === 'other' ? 'is not a UUID: 8-4-4-4-12 hex digits' : 'is an API key'
}
