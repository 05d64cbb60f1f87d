// The command line of the bench.

import { parseArgs } from 'node:util'

export interface Arguments {
  /** Identifiers; all that are known by default. */
  readonly workloads: readonly string[]
  readonly servers: readonly string[]
  readonly rounds: number
  readonly turns: number
  readonly write: boolean
  readonly short: boolean
}

/** @throws Error that says what is wrong, and with what to go on. */
export function parseArguments (args: readonly string[], workloads: readonly string[], servers: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      workload: { type: 'string' },
      server: { type: 'string' },
      rounds: { type: 'string', default: '2' },
      turns: { type: 'string', default: '3' },
      write: { type: 'boolean', default: false },
      short: { type: 'boolean', default: false }
    }
  })
  if (values.write && (values.workload !== undefined || values.server !== undefined)) throw new Error('--write is for a run of all workloads and servers')
  return {
    workloads: chosen('workload', values.workload, workloads),
    servers: chosen('server', values.server, servers),
    rounds: whole('rounds', values.rounds),
    turns: whole('turns', values.turns),
    write: values.write,
    short: values.short
  }
}

// In the order in which they stand, whatever the order on the command line.
function chosen (flag: string, text: string | undefined, known: readonly string[]): readonly string[] {
  const wanted = text?.split(',') ?? known
  const unknown = wanted.filter((name) => !known.includes(name))
  if (unknown.length > 0) throw new Error(`--${flag} knows no ${unknown.join(', ')}; choose from ${known.join(', ')}`)
  return known.filter((name) => wanted.includes(name))
}

function whole (flag: string, text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1 || value > 1000) throw new Error(`--${flag} takes a whole number from 1 to 1000`)
  return value
}
