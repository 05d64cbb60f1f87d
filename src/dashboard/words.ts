// Numbers and times as people read them. Pure.

const UNITS = [['d', 86_400], ['h', 3600], ['min', 60]] as const

/** `8 s`, `5 min`, `3 h 20 min`, `12 d 4 h`. @param seconds - Less than zero counts as zero. */
export function duration (seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds))
  const at = UNITS.findIndex(([, size]) => whole >= size)
  const [unit, size] = UNITS[at] ?? ['s', 1]
  const next = UNITS[at + 1]
  const rest = next === undefined ? 0 : Math.floor((whole % size) / next[1])
  return `${Math.floor(whole / size)} ${unit}${rest === 0 || next === undefined ? '' : ` ${rest} ${next[0]}`}`
}

/** With the seconds, for a clock that is looked at: `3 h 20 min 5 s`. */
export function exactDuration (seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds))
  return whole < 60 || whole >= 86_400 ? duration(whole) : `${duration(whole - whole % 60)} ${whole % 60} s`
}

/** `just now`, `5 min ago`; with one unit. @param now - Milliseconds since 1970. */
export function ago (time: string, now: number): string {
  const seconds = (now - Date.parse(time)) / 1000
  return seconds < 10 ? 'just now' : `${roughly(seconds)} ago`
}

/** `in 5 d`, or `ended 2 h ago`. */
export function until (time: string, now: number): string {
  const seconds = (Date.parse(time) - now) / 1000
  return seconds > 0 ? `in ${roughly(seconds)}` : `ended ${roughly(-seconds)} ago`
}

function roughly (seconds: number): string {
  const text = duration(seconds < 60 ? Math.floor(seconds / 10) * 10 : seconds)
  return text.split(' ').slice(0, 2).join(' ')
}

/** `12`, `1,234`, `1.2 M`. */
export function count (value: number): string {
  return value < 1e6 ? Math.round(value).toLocaleString('en') : `${(value / 1e6).toLocaleString('en', { maximumFractionDigits: 1 })} M`
}

/** Decimal: `812 B`, `1.2 kB`, `34 MB`. */
export function bytes (value: number): string {
  const at = Math.min(4, value < 1000 ? 0 : Math.floor(Math.log10(value) / 3))
  return `${(value / 1000 ** at).toLocaleString('en', { maximumFractionDigits: value / 1000 ** at < 10 && at > 0 ? 1 : 0 })} ${['B', 'kB', 'MB', 'GB', 'TB'][at] ?? ''}`
}

/** `8.3 ms`, `120 ms`, `1.4 s`. */
export function milliseconds (value: number): string {
  if (value >= 1000) return `${(value / 1000).toLocaleString('en', { maximumFractionDigits: value < 10_000 ? 1 : 0 })} s`
  return `${value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 1 : 0 })} ms`
}

/** `1 request`, `5 requests`. */
export function plural (value: number, word: string): string {
  return `${count(value)} ${word}${value === 1 ? '' : 's'}`
}

/** To the second, in the time zone of the browser: `2026-01-31 12:00:00`. */
export function exactTime (time: string): string {
  const date = new Date(time)
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}

/** `2026-01-31 12:00:00 to 12:05:00`. */
export function exactSpan (from: string, to: string): string {
  const [day, last] = [exactTime(from).slice(0, 11), exactTime(to)]
  return `${exactTime(from)} to ${last.startsWith(day) ? last.slice(11) : last}`
}

/** As one word of a shell. */
export function asWord (text: string): string {
  return /^[\w./:@%+,-]+$/.test(text) ? text : `'${text.replaceAll('\'', '\'\\\'\'')}'`
}
