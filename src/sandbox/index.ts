// The door of the sandbox: what commands may use. Bundled into a file of its own, so that an image can
// leave it out.

export { DEFAULT_WORLD_YAML, defaultWorld } from './default-world.ts'
export { describeSandbox } from './describe.ts'
export { parseWorld } from './parse-world.ts'
export { startSandbox } from './sandbox.ts'
