// Whether a series of measurements stays level.

export interface Slope {
  /** Unit of the series per minute, by least squares. */
  readonly perMinute: number
  readonly mean: number
  readonly max: number
  /** What the slope comes to from the first sample to the last, as a part of the mean. */
  readonly rise: number
}

/** @param samples - One a second, warm-up left out. */
export function slopeOf (samples: readonly number[]): Slope {
  const count = samples.length
  const mean = samples.reduce((sum, value) => sum + value, 0) / Math.max(1, count)
  const middle = (count - 1) / 2
  let above = 0
  let below = 0
  for (const [at, value] of samples.entries()) {
    above += (at - middle) * (value - mean)
    below += (at - middle) ** 2
  }
  const perSecond = below === 0 ? 0 : above / below
  return { perMinute: perSecond * 60, mean, max: Math.max(0, ...samples), rise: mean === 0 ? 0 : perSecond * count / mean }
}
