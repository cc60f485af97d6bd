import type { Off } from "./listeners.js";

/** An iterator of the newest value: it holds one at most. Ends when the source completes. */
export function latest<T>(
  subscribe: (observer: { next(value: T): void; complete(): void }) => Off,
): AsyncIterableIterator<T> {
  let newest: { value: T } | undefined;
  let ended = false;
  let wake: (() => void) | undefined;
  let off: Off | undefined;
  const notify = () => {
    wake?.();
    wake = undefined;
  };
  const end = () => {
    ended = true;
    off?.();
    notify();
  };
  const start = () =>
    subscribe({
      next: (value) => {
        newest = { value };
        notify();
      },
      complete: end,
    });
  return {
    async next() {
      off ??= start();
      while (!newest && !ended) await new Promise<void>((resolve) => (wake = resolve));
      if (!newest) return { done: true, value: undefined };
      const { value } = newest;
      newest = undefined;
      return { done: false, value };
    },
    async return() {
      newest = undefined;
      end();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
