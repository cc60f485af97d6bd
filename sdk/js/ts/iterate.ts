import type { Off } from "./listeners.js";

/** An iterator of the newest value: it holds one at most. Ends when the source completes. */
export function latest<T>(
  subscribe: (observer: { next(value: T): void; complete(): void }) => Off,
): AsyncIterableIterator<T> {
  let newest: { value: T } | undefined;
  let ended = false;
  const waiting: (() => void)[] = [];
  let off: Off | undefined;
  const notify = () => {
    for (const wake of waiting.splice(0)) wake();
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
      while (!newest && !ended) await new Promise<void>((resolve) => waiting.push(resolve));
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
