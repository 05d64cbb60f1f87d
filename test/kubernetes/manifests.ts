// The manifests of config/kubernetes, as far as tests look at them. Kustomize's own files and the proxy's configs are
// told apart by their names.

import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { parseAllDocuments } from 'yaml'

export const FOLDER = join(import.meta.dirname, '../../config/kubernetes')

/** Any object of Kubernetes. */
export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string, readonly namespace?: string, readonly labels?: Readonly<Record<string, string>> }
  readonly spec?: unknown
}

export interface SecurityContext {
  readonly runAsNonRoot?: boolean
  readonly runAsUser?: number
  readonly fsGroup?: number
  readonly allowPrivilegeEscalation?: boolean
  readonly readOnlyRootFilesystem?: boolean
  readonly capabilities?: unknown
  readonly seccompProfile?: unknown
}

export interface Probe {
  readonly httpGet?: { readonly path: string, readonly port: string }
  readonly periodSeconds?: number
  readonly failureThreshold?: number
}

export interface Container {
  readonly name: string
  readonly image: string
  readonly restartPolicy?: string
  readonly env?: readonly { readonly name: string, readonly value?: string }[]
  readonly ports?: readonly { readonly name: string, readonly containerPort: number }[]
  readonly startupProbe?: Probe
  readonly readinessProbe?: Probe
  readonly livenessProbe?: Probe
  readonly resources: { readonly requests: Readonly<Record<string, string>>, readonly limits: Readonly<Record<string, string>> }
  readonly securityContext: SecurityContext
  readonly volumeMounts?: readonly { readonly name: string, readonly mountPath: string, readonly readOnly?: boolean, readonly subPath?: string }[]
}

export interface PodSpec {
  readonly automountServiceAccountToken?: boolean
  readonly enableServiceLinks?: boolean
  readonly terminationGracePeriodSeconds?: number
  readonly securityContext: SecurityContext
  readonly initContainers?: readonly Container[]
  readonly containers: readonly Container[]
  readonly volumes: readonly { readonly name: string, readonly secret?: { readonly secretName: string, readonly defaultMode: number, readonly items?: readonly { readonly path: string }[] } }[]
}

export interface Deployment extends Manifest {
  readonly spec: { readonly replicas: number, readonly template: { readonly metadata: { readonly labels: Readonly<Record<string, string>> }, readonly spec: PodSpec } }
}

export interface Service extends Manifest {
  readonly spec: { readonly selector: Readonly<Record<string, string>>, readonly ports: readonly { readonly name: string, readonly port: number, readonly targetPort: string }[] }
}

/** The objects of a stream of YAML documents. @throws Error where it is no YAML. */
export function parseManifests (text: string): readonly Manifest[] {
  return parseAllDocuments(text, { version: '1.1' }).map((document) => { // as Kubernetes reads it: there, `no` is false
    const [mistake] = document.errors
    if (mistake !== undefined) throw mistake
    return document.toJS() as Manifest
  })
}

/** All files of config/kubernetes but the configs of the proxy, with what is in them. */
export function readManifests (): readonly { readonly path: string, readonly manifests: readonly Manifest[] }[] {
  return readdirSync(FOLDER, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'config.yaml')
    .map(({ parentPath, name }) => join(parentPath, name))
    .map((path) => ({ path: relative(FOLDER, path), manifests: parseManifests(readFileSync(path, 'utf8')) }))
}

/** The objects in the files of one overlay, as they stand there. */
export function overlay (name: 'sidecar' | 'team'): readonly Manifest[] {
  return readManifests().filter(({ path }) => dirname(path) === join('overlays', name) && !path.endsWith('kustomization.yaml')).flatMap(({ manifests }) => manifests)
}

/** The only object of that kind and name. @throws Error where there is none. */
export function find (manifests: readonly Manifest[], kind: string, name: string): Manifest {
  const found = manifests.find((manifest) => manifest.kind === kind && manifest.metadata.name === name)
  if (found === undefined) throw new Error(`no ${kind} ${name}`)
  return found
}

export function deployments (manifests: readonly Manifest[]): readonly Deployment[] {
  return manifests.filter((manifest): manifest is Deployment => manifest.kind === 'Deployment')
}

export function services (manifests: readonly Manifest[]): readonly Service[] {
  return manifests.filter((manifest): manifest is Service => manifest.kind === 'Service')
}

/** Where the proxy's container is, in a pod that has one. */
export function proxyOf ({ spec: { template: { spec: pod } } }: Deployment): Container | undefined {
  return [...pod.initContainers ?? [], ...pod.containers].find(({ name }) => name === 'langsmith-proxy')
}
