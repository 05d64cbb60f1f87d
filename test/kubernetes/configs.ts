// The proxy's configs of config/kubernetes, loaded as the program loads them.

import { join } from 'node:path'
import type { Test } from 'tap'
import type { Config } from '../../src/config/config.ts'
import { loadFrom } from '../config/load-settings.ts'
import { FOLDER } from './manifests.ts'

/** @throws ProxyError with every mistake. */
export function overlayConfig (t: Test, name: 'sidecar' | 'team'): Config {
  return loadFrom(t.testdir(), { flags: { config: join(FOLDER, 'overlays', name, 'config.yaml') } })
}
