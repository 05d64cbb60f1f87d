// The commands. To add one: a file beside this one, and a line here.

import { check } from './check.ts'
import { clients } from './clients.ts'
import type { Command } from './command.ts'
import { demo } from './demo.ts'
import { doctor } from './doctor.ts'
import { explain } from './explain.ts'
import { init } from './init.ts'
import { logLevel } from './log-level.ts'
import { run } from './run.ts'
import { sandbox } from './sandbox.ts'
import { secrets } from './secrets.ts'
import { start } from './start.ts'
import { stop } from './stop.ts'
import { usage } from './usage.ts'
import { wait } from './wait.ts'

export const COMMANDS: readonly Command[] = [start, run, init, check, doctor, explain, secrets, clients, usage, wait, logLevel, stop, demo, sandbox]
