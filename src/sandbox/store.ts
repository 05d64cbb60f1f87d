// What was written to one region, so that it can be read back. Everything is bounded: a sandbox may
// run for days in somebody's CI. The oldest goes first.

import { randomUUID } from 'node:crypto'
import type { Fields } from './json.ts'
import type { Attachment, RunWrite } from './run-parts.ts'

/** A run as it was written, under the IDs that LangSmith would give it. */
export interface StoredRun {
  readonly id: string
  /** Workspace ID. */
  readonly tenant_id: string
  /** Project ID. */
  readonly session_id: string
  /** What the caller wrote; later writes win, field by field. */
  readonly fields: Fields
  readonly attachments: Readonly<Record<string, Attachment>>
}

/** A project; LangSmith's API calls it session. */
export interface Project {
  readonly id: string
  readonly tenant_id: string
  readonly name: string
  readonly start_time: string
  readonly description: string | null
  readonly extra: unknown
}

export interface StoreLimits {
  /** Of runs; projects and feedback each have the same limit. */
  readonly entries: number
  /** Of the fields of all runs together, as JSON. */
  readonly bytes: number
}

/** Without a project a run goes here (docs/langsmith-api.md, section 0). */
const DEFAULT_PROJECT = 'default'

export class Store {
  readonly #runs = new Map<string, { run: StoredRun, bytes: number }>()
  readonly #projects = new Map<string, Project>()
  readonly #feedback = new Map<string, Fields>()
  readonly #limits: StoreLimits
  readonly #now: () => Date
  #bytes = 0

  /**
   * @param now - The sandbox's clock.
   * @param limits - 10,000 entries and 256 MiB unless told otherwise.
   */
  constructor (now: () => Date, limits: StoreLimits = { entries: 10_000, bytes: 256 * 1024 * 1024 }) {
    this.#now = now
    this.#limits = limits
  }

  /**
   * Creates a run or adds to one. Neither a second `post` nor a `patch` that comes first is an
   * error here: batches may overtake each other.
   *
   * @param tenant - Workspace ID of the writer.
   * @param write - The fields.
   * @param attachments - Added to those of the run.
   */
  writeRun (tenant: string, { id, fields }: RunWrite, attachments: StoredRun['attachments'] = {}): StoredRun {
    const key = `${tenant} ${id.toLowerCase()}`
    const before = this.#runs.get(key)
    const merged = { ...before?.run.fields, ...fields }
    const run: StoredRun = {
      id: id.toLowerCase(),
      tenant_id: tenant,
      session_id: before?.run.session_id ?? this.#projectFor(tenant, merged).id,
      fields: merged,
      attachments: { ...before?.run.attachments, ...attachments }
    }
    const bytes = Buffer.byteLength(JSON.stringify(merged))
    this.#bytes += bytes - (before?.bytes ?? 0)
    this.#runs.set(key, { run, bytes })
    while (this.#runs.size > this.#limits.entries || (this.#bytes > this.#limits.bytes && this.#runs.size > 1)) this.#dropOldestRun()
    return run
  }

  /** A run of a workspace; undefined if it has none with this ID. */
  run (tenant: string, id: string): StoredRun | undefined {
    return this.#runs.get(`${tenant} ${id.toLowerCase()}`)?.run
  }

  /** All runs, or those of one workspace, oldest first. */
  runs (tenant?: string): StoredRun[] {
    const all = [...this.#runs.values()].map(({ run }) => run)
    return tenant === undefined ? all : all.filter((run) => run.tenant_id === tenant)
  }

  /** Creates a project; the caller has looked whether the name is free. */
  createProject (tenant: string, name: string, more: Partial<Pick<Project, 'id' | 'description' | 'extra'>> = {}): Project {
    const project = {
      id: more.id ?? randomUUID(),
      tenant_id: tenant,
      name,
      start_time: this.#now().toISOString(),
      description: more.description ?? null,
      extra: more.extra ?? null
    }
    this.#projects.set(project.id, project)
    dropOldest(this.#projects, this.#limits.entries)
    return project
  }

  /** The projects of a workspace, oldest first. */
  projects (tenant: string): Project[] {
    return [...this.#projects.values()].filter((project) => project.tenant_id === tenant)
  }

  /** Removes a project and its runs. */
  deleteProject (project: Project): void {
    this.#projects.delete(project.id)
    for (const [key, { run, bytes }] of this.#runs) {
      if (run.session_id !== project.id) continue
      this.#runs.delete(key)
      this.#bytes -= bytes
    }
  }

  /** Keeps feedback under its ID, or under a new one. */
  writeFeedback (tenant: string, fields: Fields): Fields {
    const id = typeof fields.id === 'string' ? fields.id : randomUUID()
    const feedback = { created_at: this.#now().toISOString(), ...fields, id, tenant_id: tenant }
    this.#feedback.set(`${tenant} ${id}`, feedback)
    dropOldest(this.#feedback, this.#limits.entries)
    return feedback
  }

  /** The feedback of a workspace, oldest first. */
  feedback (tenant: string): Fields[] {
    return [...this.#feedback.values()].filter(({ tenant_id: owner }) => owner === tenant)
  }

  /** Ingestion creates a project that does not exist; whether LangSmith asks for `projects:create` then is UNCONFIRMED. */
  #projectFor (tenant: string, { session_id: id, session_name: named }: Fields): Project {
    const name = typeof named === 'string' && named !== '' ? named : DEFAULT_PROJECT
    const projects = this.projects(tenant)
    return projects.find((project) => project.id === id)
      ?? projects.find((project) => project.name === name)
      ?? this.createProject(tenant, name)
  }

  #dropOldestRun (): void {
    for (const [key, { bytes }] of this.#runs) {
      this.#runs.delete(key)
      this.#bytes -= bytes
      return
    }
  }
}

function dropOldest (map: Map<string, unknown>, limit: number): void {
  for (const key of map.keys()) {
    if (map.size <= limit) return
    map.delete(key)
  }
}
