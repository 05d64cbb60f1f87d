// The kinds of places for secrets. To add one: a file in sources/, and a line here.

import type { SecretReference } from '../config/config.ts'
import { ProxyError } from '../errors.ts'
import type { SecretSource } from './source.ts'
import { createEnvSource } from './sources/env.ts'
import { createFileSource, type FileSourceOptions } from './sources/file.ts'

export interface SourceOptions extends FileSourceOptions {
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Finds the source for a reference. @throws ProxyError `not-available` for a scheme without one. */
export type SourceFor = (reference: SecretReference) => SecretSource

export function createSources (options: SourceOptions): SourceFor {
  const schemes = new Map<string, SecretSource>([
    ['env', createEnvSource(options.env)],
    ['file', createFileSource(options)]
  ])
  return (reference) => {
    const source = schemes.get(reference.scheme)
    if (source !== undefined) return source
    throw new ProxyError('not-available', `this version cannot read ${reference.scheme}: references (${reference.setAt})`,
      { hint: `use one of ${[...schemes.keys()].map((scheme) => `${scheme}:`).join(', ')}` })
  }
}
