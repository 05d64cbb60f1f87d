// How messages name the encrypted file, and the way out when it cannot be opened any more.

import { shellQuoted } from '../file-failure.ts'

export function showFile (path: string): string {
  return `encrypted file ${path}`
}

/** An action: nothing is lost that somebody may still open, and every place for keys works again. */
export function startAgain (path: string): string {
  return `move the file away (mv ${shellQuoted(path)} ${shellQuoted(`${path}.old`)}), then store every key again`
}
