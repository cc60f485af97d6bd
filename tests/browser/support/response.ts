/** One band of the equaliser: a centre frequency in Hz, a gain in dB, and a quality factor. */
export interface Band {
  readonly frequency: number;
  readonly gain: number;
  readonly q: number;
}

/** How many points the curve has, evenly spaced on a logarithmic scale. */
export const POINTS = 512;
const LOWEST_HZ = 20;
const HIGHEST_HZ = 20_000;
const SAMPLE_RATE_HZ = 48_000;

/**
 * How far a drawn curve may be from `response`, in dB: the server rounds to 0.001 dB, so half of
 * that, and a little for the rounding to 32 bits and for the arithmetic here.
 */
export const TOLERANCE_DB = 0.000_51;

/**
 * The gain in dB of the bands in series, at each point of the curve.
 *
 * Computed another way than the server does it, so as to check it: from the digital coefficients
 * of the Audio EQ Cookbook's peaking filter (https://www.w3.org/TR/audio-eq-cookbook/).
 */
export function response(bands: readonly Band[]): number[] {
  const filters = bands.map(peaking);
  return Array.from({ length: POINTS }, (_, point) => {
    const frequency = LOWEST_HZ * (HIGHEST_HZ / LOWEST_HZ) ** (point / (POINTS - 1));
    return filters.reduce((sum, filter) => sum + gainAt(filter, frequency), 0);
  });
}

/** The coefficients of (b0 + b1/z + b2/z²) / (a0 + a1/z + a2/z²). */
interface Biquad {
  readonly b: readonly [number, number, number];
  readonly a: readonly [number, number, number];
}

function peaking({ frequency, gain, q }: Band): Biquad {
  const a = 10 ** (gain / 40);
  const w0 = (2 * Math.PI * frequency) / SAMPLE_RATE_HZ;
  const alpha = Math.sin(w0) / (2 * q);
  return {
    b: [1 + alpha * a, -2 * Math.cos(w0), 1 - alpha * a],
    a: [1 + alpha / a, -2 * Math.cos(w0), 1 - alpha / a],
  };
}

function gainAt({ b, a }: Biquad, frequency: number): number {
  const w = (2 * Math.PI * frequency) / SAMPLE_RATE_HZ;
  const magnitude = ([c0, c1, c2]: readonly [number, number, number]) =>
    Math.hypot(
      c0 + c1 * Math.cos(w) + c2 * Math.cos(2 * w),
      c1 * Math.sin(w) + c2 * Math.sin(2 * w),
    );
  return 20 * Math.log10(magnitude(b) / magnitude(a));
}
