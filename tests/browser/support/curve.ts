import { POINTS } from "./response.ts";

/**
 * The gains in dB that a curve's path draws.
 *
 * The plot's coordinates are the data's: x is the index of the point, y the gain in dB, negated,
 * and the path is `M0 y0L1 y1 2 y2 … 511 y511`.
 */
export function gainsOf(path: string): number[] {
  const numbers = path.split(/[ML ]/).filter(Boolean).map(Number);
  const gains = numbers.filter((_, i) => i % 2 === 1).map((y) => -y);
  const indices = numbers.filter((_, i) => i % 2 === 0);
  const complete = gains.length === POINTS && indices.every((x, i) => x === i);
  if (!complete || gains.some(Number.isNaN)) throw new Error(`not a curve: ${path}`);
  return gains;
}

/** The greatest difference between two curves, at any point, in dB. */
export function difference(a: readonly number[], b: readonly number[]): number {
  return Math.max(...a.map((db, i) => Math.abs(db - (b[i] ?? NaN))));
}
