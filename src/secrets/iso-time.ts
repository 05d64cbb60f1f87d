// Times as others write them, in ISO 8601.

/** Without a zone a time would mean another moment on another machine. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/

/** @returns Milliseconds since 1970; undefined for all but date and time with a zone. */
export function isoTime (text: string): number | undefined {
  const time = TIME.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(time) ? undefined : time
}
