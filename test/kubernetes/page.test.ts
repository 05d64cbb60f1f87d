// The commands of docs/kubernetes.md, run as they stand there, in a folder that has a copy of config/kubernetes. There is no
// cluster: what would go to one is printed ("apply"), what would ask one does nothing.

import { execFile } from 'node:child_process'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { parseClients } from '../../src/access/clients/clients-text.ts'
import { knownRoles } from '../../src/access/clients/known-roles.ts'
import { bundle } from '../support/bundle.ts'
import { selfSigned } from '../support/certificates.ts'
import { NO_KUBECTL } from './kubectl.ts'
import { deployments, FOLDER, overlay, parseManifests } from './manifests.ts'
import type { Manifest } from './manifests.ts'

const run = promisify(execFile)
const KEY = 'the key that was typed'

interface Secret extends Manifest { readonly type?: string, readonly data?: Readonly<Record<string, string>>, readonly stringData?: Readonly<Record<string, string>> }

const NO_CLUSTER = `
kubectl () {
  case "$1 $*" in
    apply*--filename\\ -*) echo ---; cat ;;
    apply*) echo ---; command kubectl kustomize "\${@: -1}" 2>/dev/null || cat "\${@: -1}" ;;
    kustomize*) echo ---; command kubectl "$@" ;;
    get*|logs*|rollout*) ;;
    *) command kubectl "$@" ;;
  esac
}
docker () { :; }
langsmith-proxy () { node "$MAIN" "$@" >/dev/null; }
`

t.test('the commands make every Secret that the pods mount, with the files that they read', { skip: NO_KUBECTL }, async (t) => {
  const { main, remove } = bundle()
  t.teardown(remove)
  const folder = t.testdir({ home: {} })
  cpSync(FOLDER, join(folder, 'config/kubernetes'), { recursive: true })
  const { cert, key } = selfSigned(['langsmith-proxy.langsmith-proxy.svc'])
  writeFileSync(join(folder, 'tls.crt'), cert)
  writeFileSync(join(folder, 'tls.key'), key)

  // The block that fetches the clients file would leave an empty one: it is last, as nothing here answers it.
  const blocks = [...readFileSync(join(FOLDER, '../../docs/kubernetes.md'), 'utf8').matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block)
  const [fetching, rest] = [blocks.filter((block) => block.includes('kubectl get')), blocks.filter((block) => !block.includes('kubectl get'))]
  t.equal(fetching.length, 1)
  const script = ['set -euo pipefail', NO_CLUSTER, ...rest, ...fetching].join('\n')
  const started = run('bash', ['-c', script], { cwd: folder, env: { PATH: process.env.PATH, HOME: join(folder, 'home'), MAIN: main }, timeout: 60_000 })
  started.child.stdin?.end(`${KEY}\n`)
  const { stdout } = await started

  const secrets = parseManifests(stdout).filter((manifest): manifest is Secret => manifest.kind === 'Secret')
  const mounted = [...deployments(overlay('sidecar')), ...deployments(overlay('team'))].flatMap(({ spec }) => spec.template.spec.volumes).flatMap(({ secret }) => secret ?? [])
  t.strictSame(secrets.map(({ metadata }) => metadata.name).sort(), [...new Set(mounted.map(({ secretName }) => secretName))].sort())
  for (const { metadata } of secrets) t.equal(metadata.namespace, 'langsmith-proxy', metadata.name)

  t.equal(textOf(secrets, 'langsmith-proxy', 'api-key'), KEY)
  t.equal(textOf(secrets, 'langsmith-proxy-tls', 'tls.crt'), cert)
  t.equal(secrets.find(({ metadata }) => metadata.name === 'langsmith-proxy-tls')?.type, 'kubernetes.io/tls')
  const clients = parseClients(textOf(secrets, 'langsmith-proxy-clients', 'clients.yaml'), 'clients.yaml', knownRoles({ roles: [] }))
  t.strictSame([...clients.keys()], ['ana'])
  const [, password = ''] = /^requirepass (\w{48})$/.exec(textOf(secrets, 'langsmith-proxy-valkey', 'valkey.conf')) ?? []
  t.equal(textOf(secrets, 'langsmith-proxy-valkey', 'url'), `redis://:${password}@langsmith-proxy-valkey:6379`)
  for (const { secretName, items = [] } of mounted) for (const { path } of items) t.ok(textOf(secrets, secretName, path), path)
})

function textOf (secrets: readonly Secret[], name: string, entry: string): string {
  const secret = secrets.find(({ metadata }) => metadata.name === name)
  return secret?.stringData?.[entry] ?? Buffer.from(secret?.data?.[entry] ?? '', 'base64').toString()
}
