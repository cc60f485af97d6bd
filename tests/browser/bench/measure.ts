import type { Record } from "./record.ts";

/** What is measured of one drag. Times are in ms. */
export interface Measured {
  readonly inputs: number;
  readonly frames: number;
  /** Frames a second while the person drags, without the first and the release's. */
  readonly rate: number;
  /** From the last input to its result. */
  readonly last: number;
  /** How stale the page was before each update: how old the oldest input was that it did not show. */
  readonly staleness: number[];
}

export function measure({ inputs, sent, shown }: Record): Measured {
  const first = inputs[0];
  const last = inputs.at(-1);
  const final = sent.find(({ at }) => last !== undefined && at >= last);
  const end = shown.find(({ seq }) => final && seq >= final.seq);
  if (first === undefined || last === undefined || !end) throw new Error("the last value was never shown");
  const staleness: number[] = [];
  let newest = first;
  for (const { at, seq } of shown) {
    if (at > last) break;
    const left = sent.find((patch) => patch.seq === seq)?.at;
    if (left === undefined) continue;
    staleness.push(at - newest);
    newest = inputs.find((input) => input > left) ?? last;
  }
  staleness.push(last - newest);
  const during = Math.max(0, sent.length - 2);
  return {
    inputs: inputs.length,
    frames: sent.length,
    rate: (during / (last - first)) * 1000,
    last: end.at - last,
    staleness,
  };
}

/** The value below which that part of all is. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? NaN;
}
