// The files of config/kubernetes: each object of a kind of Kubernetes' own has only fields that exist, with values of
// the right type. What other projects define (ExternalSecret, Kustomize's files) is parsed only: their schemas are not here.

import t from 'tap'
import { isCore, schemaMistakes, typeMistakes } from './official-types.ts'
import { parseManifests, readManifests } from './manifests.ts'

const all = readManifests()
const core = all.flatMap(({ manifests }) => manifests).filter(isCore)

t.test('a wrong field, a wrong type, a missing field and an unknown kind are found', async (t) => {
  const mistakes = typeMistakes(parseManifests(`
{ apiVersion: apps/v1, kind: Deployment, metadata: { name: slip }, spec: { selector: {}, template: { spec: { enableServiceLink: false, containers: [] } } } }
---
{ apiVersion: v1, kind: Service, metadata: { name: text }, spec: { ports: [{ port: "443" }] } }
---
{ apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: { name: nothing }, spec: { policyTypes: [Egress], egress: [{ to: [{ ipBlock: {} }] }] } }
---
{ apiVersion: policy/v1, kind: DisruptionBudget, metadata: { name: other } }
`))
  t.equal(mistakes.length, 4, mistakes.join('\n'))
  const patterns = [/^Deployment slip: .*enableServiceLink\W+ does not exist/, /^Service text: .*'string' is not assignable/, /^NetworkPolicy nothing: .*cidr\W+ is missing/, /^DisruptionBudget other: Cannot find module/]
  for (const [at, pattern] of patterns.entries()) t.match(mistakes[at], pattern)
})

t.test('a port that is no whole number is found', async (t) => {
  const mistakes = await schemaMistakes(parseManifests('{ apiVersion: v1, kind: Service, metadata: { name: half }, spec: { ports: [{ port: 443.5 }] } }'))
  t.match(mistakes.join(), /^Service half: .*ports\/0\/port must be integer/)
})

t.test('objects of Kubernetes\' own kinds are as its OpenAPI description says', async (t) => {
  t.strictSame(typeMistakes(core), [])
  t.strictSame(await schemaMistakes(core), [])
  t.strictSame([...new Set(core.map(({ kind }) => kind))].sort(), ['Deployment', 'HorizontalPodAutoscaler', 'Namespace', 'NetworkPolicy', 'PodDisruptionBudget', 'Service', 'ServiceAccount'])
})

t.test('everything else is of another project\'s kind', async (t) => {
  const others = all.flatMap(({ manifests }) => manifests).filter((manifest) => !isCore(manifest)).map(({ kind }) => kind)
  t.strictSame([...new Set(others)].sort(), ['Component', 'ExternalSecret', 'Kustomization'])
})

t.test('every object stands in the namespace', async (t) => {
  for (const { kind, metadata } of core) t.equal(metadata.namespace, kind === 'Namespace' ? undefined : 'langsmith-proxy', `${kind} ${metadata.name}`)
})
