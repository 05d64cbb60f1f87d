// The pods of config/kubernetes: what Kubernetes' restricted standard asks, and that probes, times, ports, names and
// mounted files fit to the config that the proxy gets there.

import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { HEALTH_PATHS } from '../../src/admin/health.ts'
import { overlayConfig } from './configs.ts'
import { deployments, find, FOLDER, overlay, proxyOf, services } from './manifests.ts'
import type { Container, Deployment, PodSpec } from './manifests.ts'

const OVERLAYS = ['sidecar', 'team'] as const
const ROOT = join(FOLDER, '../..')

for (const name of OVERLAYS) {
  for (const deployment of deployments(overlay(name))) {
    t.test(`${name}, ${deployment.metadata.name}: the pod is as the restricted standard asks, and nothing is put into it`, async (t) => {
      const pod = deployment.spec.template.spec
      t.equal(pod.enableServiceLinks, false)
      t.equal(pod.automountServiceAccountToken, false)
      t.match(pod.securityContext, { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } })
      for (const { securityContext, resources, volumeMounts = [] } of containersOf(pod)) {
        t.match(securityContext, { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } })
        t.ok((securityContext.runAsUser ?? pod.securityContext.runAsUser ?? 0) > 0, 'a number, or the kubelet cannot tell that it is not root')
        t.match(resources, { requests: { cpu: /^\d+m$/, memory: /^\d+Mi$/ }, limits: { memory: /^\d+Mi$/ } })
        t.strictSame(volumeMounts.filter(({ subPath }) => subPath !== undefined), [], 'a file alone would stay as it was')
      }
    })

    t.test(`${name}, ${deployment.metadata.name}: files of Secrets are for the group of the pod only`, async (t) => {
      const pod = deployment.spec.template.spec
      t.equal(pod.securityContext.fsGroup, 65532)
      for (const { secret } of pod.volumes) if (secret !== undefined) t.equal(secret.defaultMode, 0o440, secret.secretName)
    })
  }

  t.test(`${name}: probes ask the health listener, and the start has at least half a minute`, async (t) => {
    const { admin, listen } = overlayConfig(t, name)
    const { ports = [], startupProbe, readinessProbe, livenessProbe } = proxyIn(name).container
    t.equal(admin?.host, '0.0.0.0', 'probes come from outside the pod')
    t.not(admin?.port, listen.port)
    t.equal(ports.find((port) => port.name === 'health')?.containerPort, admin?.port)
    for (const [probe, path] of [[startupProbe, '/-/startup'], [readinessProbe, '/-/ready'], [livenessProbe, '/-/live']] as const) {
      t.strictSame(probe?.httpGet, { path, port: 'health' })
      t.ok((HEALTH_PATHS as readonly string[]).includes(path))
    }
    t.ok((startupProbe?.periodSeconds ?? 0) * (startupProbe?.failureThreshold ?? 0) >= 30)
  })

  t.test(`${name}: the grace period is longer than drain.delay and drain.deadline together`, async (t) => {
    const { drain } = overlayConfig(t, name)
    const grace = (proxyIn(name).deployment.spec.template.spec.terminationGracePeriodSeconds ?? 30) * 1000
    t.ok(grace >= drain.delay + drain.deadline + 5000, `${grace} ms for ${drain.delay} and ${drain.deadline}`)
  })

  t.test(`${name}: every file that the config names is mounted for reading`, async (t) => {
    const { credentials, listen, clients } = overlayConfig(t, name)
    const { container: { volumeMounts = [], env = [] } } = proxyIn(name)
    const folders = volumeMounts.map(({ mountPath }) => mountPath)
    const files = [
      ...env.flatMap(({ value }) => value ?? []), ...credentials.map(({ apiKey }) => apiKey.rest), ...listen.tls === undefined ? [] : [listen.tls.cert, listen.tls.key],
      ...clients.required ? [clients.file] : [], ...filesIn(join(FOLDER, 'overlays', name, 'config.yaml'))
    ]
    for (const file of files) t.ok(folders.includes(dirname(file)), file)
    for (const folder of folders) t.ok(files.some((file) => dirname(file) === folder), `${folder} is used`)
    t.ok(volumeMounts.every(({ readOnly }) => readOnly))
  })

  t.test(`${name}: the image is that of docker-compose.yml, with the version of the package`, async (t) => {
    const compose = parse(readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8')) as { services: { proxy: { image: string } } }
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }
    const { images } = parse(readFileSync(join(FOLDER, 'overlays', name, 'kustomization.yaml'), 'utf8')) as { images: readonly unknown[] }
    t.equal(proxyIn(name).container.image, compose.services.proxy.image)
    t.strictSame(images, [{ name: compose.services.proxy.image, newName: compose.services.proxy.image, newTag: version }])
  })
}

t.test('sidecar: the proxy is a native one, on loopback, and only it sees the key', async (t) => {
  const { deployment, container } = proxyIn('sidecar')
  const { containers, initContainers } = deployment.spec.template.spec
  t.equal(overlayConfig(t, 'sidecar').listen.host, 'localhost')
  t.strictSame(initContainers?.map(({ name, restartPolicy }) => [name, restartPolicy]), [['langsmith-proxy', 'Always']])
  t.equal(container.startupProbe !== undefined, true, 'the app waits for it')
  for (const { volumeMounts = [], securityContext } of containers) {
    t.strictSame(volumeMounts, [])
    t.not(securityContext.runAsUser, container.securityContext.runAsUser)
  }
})

t.test('team: callers find it under every name of its Service', async (t) => {
  const { listen, clients } = overlayConfig(t, 'team')
  const [service] = services(overlay('team')).filter(({ metadata }) => metadata.name === 'langsmith-proxy')
  const full = ['langsmith-proxy', 'langsmith-proxy', 'svc', 'cluster.local']
  for (const parts of [1, 2, 3, 4]) t.ok(listen.allowedHosts.includes(full.slice(0, parts).join('.')), full.slice(0, parts).join('.'))
  t.equal(proxyIn('team').container.ports?.find(({ name }) => name === service?.spec.ports[0]?.targetPort)?.containerPort, listen.port)
  t.ok(listen.tls !== undefined && clients.required, 'beyond the pod: with TLS and client keys')
})

t.test('team: three replicas at least, one of them may go at a time, and none at a rollout', async (t) => {
  const team = overlay('team')
  const labels = { 'app.kubernetes.io/name': 'langsmith-proxy' }
  t.match(find(team, 'Deployment', 'langsmith-proxy').spec, { replicas: 3, selector: { matchLabels: labels }, strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } })
  t.match(find(team, 'HorizontalPodAutoscaler', 'langsmith-proxy').spec, { scaleTargetRef: { kind: 'Deployment', name: 'langsmith-proxy' }, minReplicas: 3 })
  t.match(find(team, 'PodDisruptionBudget', 'langsmith-proxy').spec, { maxUnavailable: 1, selector: { matchLabels: labels } })
  t.ok(overlayConfig(t, 'team').drain.delay >= 5000, 'new calls come until every node knows that the pod ends')
})

function proxyIn (name: 'sidecar' | 'team'): { readonly deployment: Deployment, readonly container: Container } {
  for (const deployment of deployments(overlay(name))) {
    const container = proxyOf(deployment)
    if (container !== undefined) return { deployment, container }
  }
  throw new Error(`no proxy in ${name}`)
}

function containersOf ({ initContainers = [], containers }: PodSpec): readonly Container[] {
  return [...initContainers, ...containers]
}

// Every file: reference that stands in the text, so that settings are found which this test does not know.
function filesIn (path: string): readonly string[] {
  return [...readFileSync(path, 'utf8').matchAll(/^[^#\n]*\bfile:(\/\S+)/gm)].map(([, file = '']) => file)
}
