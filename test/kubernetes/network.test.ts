// The network policies of config/kubernetes: nothing goes out but DNS and https to public addresses, Valkey talks to
// the proxies only, and nobody from outside reaches the health listener.

import t from 'tap'
import { readManifests, overlay, find, deployments } from './manifests.ts'

interface Rule { readonly to?: readonly Peer[], readonly from?: readonly Peer[], readonly ports: readonly { readonly protocol: string, readonly port: number }[] }
interface Peer { readonly ipBlock?: { readonly cidr: string, readonly except: readonly string[] } }
interface PolicySpec { readonly podSelector: { readonly matchLabels?: Readonly<Record<string, string>> }, readonly policyTypes: readonly string[], readonly ingress?: readonly Rule[], readonly egress?: readonly Rule[] }

const everything = readManifests().flatMap(({ manifests }) => manifests)
const policies = everything.filter(({ kind }) => kind === 'NetworkPolicy').map(({ metadata, spec }) => ({ name: metadata.name, spec: spec as PolicySpec }))

function policy (name: string): PolicySpec {
  return find(everything, 'NetworkPolicy', name).spec as PolicySpec
}

t.test('what no policy allows is denied, in both directions', async (t) => {
  t.strictSame(policy('deny-all'), { podSelector: {}, policyTypes: ['Ingress', 'Egress'] })
})

t.test('only DNS, 443 and Valkey can be reached, and no policy lets everything out', async (t) => {
  const rules = policies.flatMap(({ spec }) => spec.egress ?? [])
  t.ok(rules.every(({ to = [] }) => to.length > 0), 'a rule without "to" is for every address')
  t.strictSame([...new Set(rules.flatMap(({ ports }) => ports.map(({ protocol, port }) => `${protocol} ${port}`)))].sort(), ['TCP 443', 'TCP 53', 'TCP 6379', 'UDP 53'])
})

t.test('no private network and no metadata service of a cloud can be reached', async (t) => {
  const blocks = policies.flatMap(({ spec }) => spec.egress ?? []).flatMap(({ to = [] }) => to.flatMap(({ ipBlock }) => ipBlock === undefined ? [] : [ipBlock]))
  t.strictSame(blocks.map(({ cidr }) => cidr), ['0.0.0.0/0', '::/0'])
  for (const network of ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16', 'fc00::/7', 'fe80::/10']) t.ok(blocks.some(({ except }) => except.includes(network)), network)
})

t.test('the pods of both proxies carry the label of the way out, and Valkey does not', async (t) => {
  const label = policy('langsmith-egress').podSelector.matchLabels
  const labelled = [...deployments(overlay('sidecar')), ...deployments(overlay('team'))]
    .filter(({ spec }) => Object.entries(label ?? {}).every(([name, value]) => spec.template.metadata.labels[name] === value)).map(({ metadata }) => metadata.name)
  t.strictSame(labelled, ['sample-app', 'langsmith-proxy'])
})

t.test('from other pods only the port of the proxy is reached, and Valkey only from the proxy', async (t) => {
  const incoming = policies.flatMap(({ name, spec }) => (spec.ingress ?? []).map(({ ports }) => [name, ...ports.map(({ port }) => port)]))
  t.strictSame(incoming, [['langsmith-proxy', 5764], ['langsmith-proxy-valkey', 6379]])
  const proxy = { podSelector: { matchLabels: { 'app.kubernetes.io/name': 'langsmith-proxy' } } }
  t.strictSame(policy('langsmith-proxy-valkey').ingress?.[0]?.from, [proxy])
  t.strictSame(policy('langsmith-proxy').podSelector, proxy.podSelector)
})
