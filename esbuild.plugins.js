// What esbuild.config.js does to single packages and files, so that the program starts fast and is small in memory.

import { dirname } from 'node:path'
import standaloneCode from 'ajv/dist/standalone/index.js'
import { build } from 'esbuild'

/** What the program loads, only when it is used, from files beside it: by the end of what it imports. */
export const APART = {
  '/sandbox/index.ts': { entry: 'src/sandbox/index.ts', file: 'sandbox.js' },
  '/rate-limiters.ts': { entry: 'src/access/limits/rate-limiters.ts', file: 'rate-limiters.js' },
  '/redis-client.ts': { entry: 'src/access/limits/redis-client.ts', file: 'redis-client.js' },
  'age-encryption': { entry: 'age-encryption', file: 'age-encryption.js' },
  '@clack/prompts': { entry: '@clack/prompts', file: 'prompts.js' }
}

export const apart = {
  name: 'apart',
  setup ({ onResolve }) {
    onResolve({ filter: /./ }, ({ kind, path }) => {
      const found = kind === 'dynamic-import' ? Object.keys(APART).find((end) => path.endsWith(end)) : undefined
      return found === undefined ? undefined : { path: `./${APART[found].file}`, external: true }
    })
  }
}

/**
 * What undici's index loads and nobody here uses: its fetch, WebSocket, caches and mocks are half of it, and loading them takes a tenth
 * of a start. Only the index goes without; parts that need each other find each other.
 */
export const undiciInPart = {
  name: 'undici-in-part',
  setup ({ onResolve, onLoad }) {
    onResolve({ filter: /^\.\/lib\/(?:web|mock|cache|interceptor)\// }, ({ path, importer }) => /node_modules\/undici\/index\.js$/.test(importer) ? { path, namespace: 'left-out' } : undefined)
    onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({ contents: 'module.exports = { CacheStorage: class {} }' })) // the index makes one of these
  }
}

/**
 * env-schema makes an Ajv with all its schemas as it is loaded: a tenth of a start, for what most people do not use. In the bundle it
 * is loaded by the first call.
 */
export const envSchemaWhenCalled = {
  name: 'env-schema-when-called',
  setup ({ onResolve, onLoad }) {
    onResolve({ filter: /^env-schema$/ }, ({ kind, path }) => kind === 'import-statement' ? { path, namespace: 'when-called' } : undefined)
    onLoad({ filter: /./, namespace: 'when-called' }, () => ({ contents: 'export const envSchema = (options) => require("env-schema").envSchema(options)', resolveDir: import.meta.dirname }))
  }
}

/** The schema of the config file as compiled code: compiling it would take a tenth of each start, and 10 MB of memory now and then. */
export const compiledSchema = {
  name: 'compiled-schema',
  setup ({ onLoad, onEnd }) {
    let isReplaced = false
    onLoad({ filter: /[\\/]config[\\/]judge-file\.ts$/ }, async ({ path }) => {
      const { outputFiles: [{ text }] } = await build({ entryPoints: [path], bundle: true, platform: 'node', format: 'esm', write: false })
      const { judge, isRightFile } = await import(`data:text/javascript,${encodeURIComponent(text)}`)
      isReplaced = true
      return { contents: `${standaloneCode.default(judge, isRightFile)}\nexport { validate as isRightFile }`, resolveDir: dirname(path) }
    })
    onEnd(() => isReplaced ? {} : { errors: [{ text: 'no file has the schema that is to be compiled' }] })
  }
}
