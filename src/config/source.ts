// Which tree counts: the config file if there is one, else the quick start from the environment.

import { dirname, join } from 'node:path'
import { parseConfigFile } from './config-file.ts'
import type { Notice } from './config.ts'
import { CONFIG_VARIABLE } from './environment.ts'
import type { Mistakes } from './mistakes.ts'
import { quickStart, type StoredDefault } from './quick-start.ts'
import { showFile } from './suggest.ts'
import type { SettingsTree } from './tree.ts'

/** Where to look for a file, and how to read it. */
export interface FileInput {
  /** `--config` as it was written. */
  readonly configFlag: string | undefined
  /** `$XDG_CONFIG_HOME/langsmith-proxy`. Never the working directory: a repository could hold a file there. */
  readonly homeConfigDir: string
  /** Text of the file, undefined if it is not there; throws if it cannot be read. */
  readonly readFile: (path: string) => string | undefined
  /** What `init` stored beside the key, as far as it is known yet. */
  readonly storedDefault?: StoredDefault | undefined
}

export interface SettingsSource {
  readonly tree: SettingsTree
  /** Path of the file; undefined for the environment. */
  readonly file: string | undefined
  readonly notices: readonly Notice[]
}

/**
 * Reads the settings from where they are kept.
 *
 * @param variables - Those that are set.
 * @param ownPort - The port that the proxy will listen on, as far as the environment knows.
 * @returns Undefined after a mistake about the file.
 */
export function readSource (input: FileInput, variables: Readonly<Record<string, string>>, ownPort: unknown, mistakes: Mistakes): SettingsSource | undefined {
  const { path, place, required } = chooseFile(input, variables[CONFIG_VARIABLE])
  try {
    const text = input.readFile(path)
    if (text === undefined && !required) return { ...quickStart(variables, ownPort, mistakes, input.storedDefault), file: undefined }
    if (text === undefined) {
      mistakes.add(place, `there is no such file: ${showFile(path)}`)
      return undefined
    }
    mistakes.readFrom(path)
    const tree = parseConfigFile(text, path, mistakes)
    return tree === undefined ? undefined : { tree, file: path, notices: [] }
  } catch (error) {
    mistakes.add(place, `the config file cannot be read (${errorCode(error)})`, { cause: error })
    return undefined
  }
}

/** The directory that relative paths start from. */
export function baseOf (source: SettingsSource): string {
  return source.file === undefined ? '.' : dirname(source.file)
}

function chooseFile ({ configFlag, homeConfigDir }: FileInput, variable: string | undefined): { path: string, place: string, required: boolean } {
  if (configFlag !== undefined) return { path: configFlag, place: '--config', required: true }
  if (variable !== undefined) return { path: variable, place: CONFIG_VARIABLE, required: true }
  const path = join(homeConfigDir, 'config.yaml')
  return { path, place: path, required: false }
}

function errorCode (error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason'
}
