import js from '@eslint/js'
import stylistic from '@stylistic/eslint-plugin'
import { defineConfig } from 'eslint/config'
import tseslint from 'typescript-eslint'

// The folders of src/ in the order a request meets them. A folder may import itself, the folders
// before it, and the files at the root of src/ that belong to no folder (errors, events, answer …).
const STAGES = ['config', 'secrets', 'guard', 'routes', 'access', 'pacing', 'swap', 'upstream', 'diagnosis', 'observe', 'admin']

const NO_ASSEMBLY = { regex: '/(app|main)\\.ts$|\\.\\./(commands|sandbox)/', message: 'assembly, commands and the sandbox are above the stages' }
const NO_PROCESS = { regex: '^(node:)?process$', message: 'only src/main.ts and src/commands/ read the process' }
const NO_FASTIFY = { regex: '^(fastify|@fastify/)', message: 'only plugin.ts files, observe/, admin/ and app.ts know Fastify' }
const SWAP_REVEALS = {
  selector: 'CallExpression[callee.property.name="reveal"]',
  message: 'only src/swap/, src/secrets/store/ and the connection to Redis may reveal a secret'
}

/** Rules of one stage; `fastify` says whether its files may import Fastify. */
function stage (name, files, { fastify }) {
  const later = STAGES.slice(STAGES.indexOf(name) + 1).map((other) => ({ regex: `\\.\\./${other}/`, message: `${name}/ comes before ${other}/` }))
  return {
    files,
    rules: {
      'no-restricted-imports': ['error', { patterns: [NO_ASSEMBLY, NO_PROCESS, ...(fastify ? [] : [NO_FASTIFY]), ...later] }],
      'no-restricted-globals': ['error', { name: 'process', message: NO_PROCESS.message }]
    }
  }
}

const stageRules = STAGES.flatMap((name) => {
  const connects = name === 'observe' || name === 'admin'
  return [
    stage(name, [`src/${name}/**/*.ts`], { fastify: connects }),
    ...(connects ? [] : [stage(name, [`src/${name}/**/plugin.ts`], { fastify: true })])
  ]
})

export default defineConfig(
  { ignores: ['dist/', '.tap/', 'coverage/'] },
  js.configs.recommended,
  stylistic.configs.customize({
    semi: false, quotes: 'single', commaDangle: 'never', braceStyle: '1tbs', quoteProps: 'as-needed', arrowParens: true
  }),
  {
    files: ['**/*.js'],
    languageOptions: { globals: { console: 'readonly', process: 'readonly' } }
  },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/require-await': 'off' // Fastify plugins and secret sources are async by contract
    }
  },
  {
    files: ['test/**/*.ts'],
    rules: { // t.test() returns a promise that tap itself waits for
      '@typescript-eslint/no-floating-promises': ['error', {
        allowForKnownSafePromises: [{ from: 'package', name: 'PromiseWithSubtest', package: '@tapjs/core' }]
      }]
    }
  },
  {
    rules: {
      eqeqeq: 'error',
      '@stylistic/space-before-function-paren': ['error', 'always'],
      '@stylistic/max-statements-per-line': 'off',
      '@stylistic/jsx-one-expression-per-line': 'off'
    }
  },
  { files: ['src/**/*.ts'], ignores: ['src/swap/**', 'src/secrets/store/**', 'src/access/limits/redis-link.ts', 'src/sandbox/**'], rules: { 'no-restricted-syntax': ['error', SWAP_REVEALS] } },
  {
    files: ['src/sandbox/**/*.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: [{ regex: '^(\\.\\./)+(errors|events|answer|exchange|app|main|config|secrets|guard|routes/route|access|swap|upstream|diagnosis|observe|admin|commands)', message: 'the sandbox imports nothing of ours' }, NO_PROCESS] }] }
  },
  ...stageRules,
  {
    files: ['src/dashboard/**/*.{ts,tsx}'], // runs in browsers: of the program it knows what is sent to it
    rules: {
      'no-restricted-imports': 'off',
      '@typescript-eslint/no-restricted-imports': ['error', { patterns: [
        { regex: '^(\\.\\./)+(?!admin/dashboard/parts\\.ts$|observe/visible\\.ts$)', message: 'the page knows the parts that it is sent, and how to show them safely' },
        { regex: '^(\\.\\./)+admin/dashboard/parts\\.ts$', allowTypeImports: true, message: 'types only' },
        { regex: '^node:', message: 'it runs in browsers' }
      ] }]
    }
  }
)
