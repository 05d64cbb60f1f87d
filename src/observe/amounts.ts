// Bytes and times as people read them.

/** `812 B`, `3.4 KiB`, `12.0 MiB`. */
export function bytesInWords (count: number): string {
  if (count < 1024) return `${String(count)} B`
  if (count < 1024 ** 2) return `${(count / 1024).toFixed(1)} KiB`
  return `${(count / 1024 ** 2).toFixed(1)} MiB`
}

/** `0.4 ms`, `12 ms`, `3.2 s`, `125 s`: at most 7 characters for what takes less than a day. @param ms - Milliseconds. */
export function timeInWords (ms: number): string {
  if (ms < 9.95) return `${ms.toFixed(1)} ms`
  if (ms < 999.5) return `${ms.toFixed(0)} ms`
  return ms < 99_950 ? `${(ms / 1000).toFixed(1)} s` : `${(ms / 1000).toFixed(0)} s`
}
