// Checks manifests against Kubernetes' OpenAPI description, of which kubernetes-models makes JSON schemas and types. The
// schemas know integers and formats, but allow fields that do not exist (as an API server that is not told to be strict,
// which drops them); these are found by the compiler.

import { join } from 'node:path'
import ts from 'typescript'
import type { Manifest } from './manifests.ts'

const OPTIONS: ts.CompilerOptions = {
  strict: true, noEmit: true, skipLibCheck: true, target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler, types: []
}
/** There is no such file: it is what the compiler is given. Beside this one, so that packages are found. */
const FILE = join(import.meta.dirname, 'manifests-as-typescript.ts')

/** Kinds of Kubernetes itself; what others define has a domain of theirs. */
export function isCore ({ apiVersion }: Manifest): boolean {
  const [group = ''] = apiVersion.split('/')
  return !group.includes('.') || (group.endsWith('.k8s.io') && group !== 'kustomize.config.k8s.io')
}

/** @returns One line for each mistake, with the name of its object. Fields of CRDs cannot be checked here. */
export function typeMistakes (manifests: readonly Manifest[]): readonly string[] {
  const texts = manifests.map((manifest, at) => {
    const { apiVersion, kind } = manifest
    return `const object${at}: import('kubernetes-models/${apiVersion}/${kind}').I${kind} = ${JSON.stringify(manifest)}`
  })
  const host = ts.createCompilerHost(OPTIONS)
  const getSourceFile = host.getSourceFile.bind(host)
  host.getSourceFile = (name, options, ...rest) => name === FILE ? ts.createSourceFile(name, texts.join('\n'), options) : getSourceFile(name, options, ...rest)
  const program = ts.createProgram([FILE], OPTIONS, host)
  return ts.getPreEmitDiagnostics(program).map(({ start = 0, messageText, file }) => {
    const object = manifests[file?.getLineAndCharacterOfPosition(start).line ?? 0]
    return `${object?.kind} ${object?.metadata.name}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`
  })
}

/** @returns One line for each object that is not as its JSON schema says. */
export async function schemaMistakes (manifests: readonly Manifest[]): Promise<readonly string[]> {
  const mistakes = await Promise.all(manifests.map(async (manifest) => {
    const { apiVersion, kind, metadata } = manifest
    const models = await import(`kubernetes-models/${apiVersion}/${kind}`) as Readonly<Record<string, new (data: Manifest) => { validate: () => void }>>
    const Model = models[kind]
    try {
      if (Model === undefined) throw new Error('there is no such kind')
      new Model(manifest).validate()
      return []
    } catch (error) {
      return [`${kind} ${metadata.name}: ${String(error)}`]
    }
  }))
  return mistakes.flat()
}
