// The part of a path that names what it is about.

/** What comes before the first telling segment, with and without the base of self-hosted installations. */
const BASE = /^(?:\/api)?(?:\/v[12])?(?:\/platform)?(?=\/)/

/** A request asks several times about the same path, and the next one often, too. */
let last: { readonly path: string, readonly segments: readonly string[] } = { path: '', segments: [] }

/** The segments of a path behind /api/v1 and its like, which some callers send and some do not. */
export function bareSegments (path: string): readonly string[] {
  if (path !== last.path) last = { path, segments: path.replace(BASE, '').split('/').slice(1) }
  return last.segments
}
