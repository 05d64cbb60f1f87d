// The commands. To add one: a file beside this one, and a line here.

import { check } from './check.ts'
import type { Command } from './command.ts'
import { demo } from './demo.ts'
import { sandbox } from './sandbox.ts'
import { start } from './start.ts'
import { wait } from './wait.ts'

export const COMMANDS: readonly Command[] = [start, check, wait, demo, sandbox]

/** Agreed names that this version does not have yet. */
export const PLANNED: readonly string[] = ['init', 'doctor', 'explain', 'run', 'stop', 'secrets', 'clients', 'usage']
