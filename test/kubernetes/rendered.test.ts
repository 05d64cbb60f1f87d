// What "kubectl kustomize" makes of the overlays, with and without the components, as a folder of one's own would use them.

import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { loadFrom } from '../config/load-settings.ts'
import { NO_KUBECTL, render } from './kubectl.ts'
import { deployments, find, FOLDER, parseManifests, proxyOf } from './manifests.ts'
import type { Deployment, Manifest } from './manifests.ts'
import { isCore, schemaMistakes, typeMistakes } from './official-types.ts'

const needed = { skip: NO_KUBECTL }

interface ConfigMap extends Manifest { readonly data: Readonly<Record<string, string>> }
interface PolicySpec { readonly ingress: readonly { readonly from: unknown }[] }

/** A folder of one's own on top of an overlay. */
async function renderOnTop (t: Test, overlay: string, components: readonly string[]): Promise<readonly Manifest[]> {
  const folder = t.testdir()
  cpSync(FOLDER, folder, { recursive: true })
  mkdirSync(join(folder, 'own'))
  const lines = ['kind: Kustomization', 'resources:', `  - ../overlays/${overlay}`, ...components.length === 0 ? [] : ['components:', ...components.map((name) => `  - ../components/${name}`)]]
  writeFileSync(join(folder, 'own/kustomization.yaml'), lines.join('\n'))
  return parseManifests((await render(join(folder, 'own'))).stdout)
}

for (const name of ['sidecar', 'team'] as const) {
  t.test(`${name} renders without a warning, as Kubernetes' API description says`, needed, async (t) => {
    const { stdout, stderr } = await render(join(FOLDER, 'overlays', name))
    const manifests = parseManifests(stdout)
    t.equal(stderr, '')
    t.strictSame(typeMistakes(manifests), [])
    t.strictSame(await schemaMistakes(manifests), [])
    t.strictSame(manifests.filter(({ kind }) => kind === 'Secret'), [], 'no secret comes out of files')
  })

  t.test(`${name}: the pod gets the config of this folder, and a change of it is a rollout`, needed, async (t) => {
    const manifests = parseManifests((await render(join(FOLDER, 'overlays', name))).stdout)
    const [map] = manifests.filter(({ kind }) => kind === 'ConfigMap') as ConfigMap[]
    t.equal(map?.data['config.yaml'], readFileSync(join(FOLDER, 'overlays', name, 'config.yaml'), 'utf8'))
    t.match(map?.metadata.name, /^langsmith-proxy-\w+-[a-z0-9]{10}$/, 'its name has its hash')
    const [deployment] = deployments(manifests).filter((deployment) => proxyOf(deployment) !== undefined)
    t.match(deployment?.spec.template.spec.volumes, [{ name: 'config', configMap: { name: map?.metadata.name } }])
  })

  t.test(`${name}: every image has a version`, needed, async (t) => {
    const manifests = parseManifests((await render(join(FOLDER, 'overlays', name))).stdout)
    const images = deployments(manifests).flatMap(({ spec: { template: { spec } } }) => [...spec.initContainers ?? [], ...spec.containers]).map(({ image }) => image)
    t.ok(images.length >= 2)
    for (const image of images) t.match(image, /:\d+\.\d+[\w.-]*$/)
  })

  t.test(`${name} with external-secrets: the operator writes the Secret that the pod mounts`, needed, async (t) => {
    const manifests = await renderOnTop(t, name, ['external-secrets'])
    const others = manifests.filter((manifest) => !isCore(manifest))
    t.match(others, [{ kind: 'ExternalSecret', metadata: { namespace: 'langsmith-proxy' }, spec: { target: { name: 'langsmith-proxy' }, data: [{ secretKey: 'api-key' }] } }])
    const mounted = deployments(manifests).flatMap(({ spec }) => spec.template.spec.volumes).map(({ secret }) => secret?.secretName)
    t.ok(mounted.includes('langsmith-proxy'))
  })
}

t.test('team behind a TLS proxy: no certificate, plain http inside the cluster, and only the Ingress controller comes in', needed, async (t) => {
  const manifests = await renderOnTop(t, 'team', ['behind-tls-proxy'])
  t.strictSame(typeMistakes(manifests), [])
  const deployment = find(manifests, 'Deployment', 'langsmith-proxy') as Deployment
  t.notMatch(JSON.stringify(deployment), 'tls')
  t.equal(deployment.spec.template.spec.volumes.length, 4)
  t.match(find(manifests, 'Service', 'langsmith-proxy').spec, { ports: [{ name: 'http', port: 80, targetPort: 'proxy' }] })
  const { ingress } = find(manifests, 'NetworkPolicy', 'langsmith-proxy').spec as PolicySpec
  t.strictSame(ingress.map(({ from }) => from), [[{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'ingress-nginx' } } }]])
  t.match(find(manifests, 'NetworkPolicy', 'langsmith-proxy-valkey').spec, { ingress: [{ from: [{ podSelector: {} }] }] }, 'that of Valkey is as it was')
})

t.test('team behind a TLS proxy: the config with the two lines in place of tls is accepted', async (t) => {
  const text = readFileSync(join(FOLDER, 'overlays/team/config.yaml'), 'utf8')
  const changed = text.replace(/^ {2}tls:\n {4}cert: .*\n {4}key: .*\n/m, '').replace('# behindTlsProxy', 'behindTlsProxy').replace('# trustedProxies', 'trustedProxies')
  const { listen } = loadFrom(t.testdir({ 'config.yaml': changed }), {})
  t.match(listen, { tls: undefined, behindTlsProxy: true, trustedProxies: ['10.0.0.0/8'] })
})
