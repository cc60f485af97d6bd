import { thrown } from "./error.js";
import { asyncDispose, dispose } from "./symbols.js";

/** What a stream asks of its client. */
interface Source {
  /** An item was taken: the server may send another. */
  taken(): void;
  cancel(): void;
}

/**
 * The items that a method answers with, in order. Made by `client.stream`.
 *
 * The server sends as many as are read, and at most 64 ahead (`queue.streamItems`): who does not read
 * stops it. `break` in a `for await` gives the stream up, and so does `close()`: the server is told to stop.
 */
export class ItemStream<T> implements AsyncIterableIterator<T> {
  private readonly _items: T[] = [];
  private _ended: { error?: unknown } | undefined;
  private readonly _waiting: (() => void)[] = [];
  private readonly _source: Source;

  /** @internal */
  constructor(source: Source) {
    this._source = source;
  }

  /** @internal Vue, Pinia and Alpine are to leave it as it is. */
  get __v_skip(): boolean {
    return true;
  }

  /** The next item. Rejects with a `FaderError`, as a request does, or with `signal.reason`. */
  async next(): Promise<IteratorResult<T, undefined>> {
    for (;;) {
      if (this._items.length > 0) {
        this._source.taken();
        return { done: false, value: this._items.shift() as T };
      }
      if (this._ended) {
        const ended = this._ended;
        this._ended = {};
        // It is thrown once.
        if ("error" in ended) thrown(ended.error);
        return { done: true, value: undefined };
      }
      await new Promise<void>((resolve) => this._waiting.push(resolve));
    }
  }

  /** Gives the stream up. */
  async return(): Promise<IteratorResult<T, undefined>> {
    this.close();
    return { done: true, value: undefined };
  }

  /** It is its own iterator: several that read take turns. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Gives the stream up; a reader who waits is done. Calling it again does nothing. */
  close(): void {
    this._items.length = 0;
    if (!this._ended) this._source.cancel();
    this.end({});
  }

  /** `using items = client.stream(…)` closes it. */
  [dispose](): void {
    this.close();
  }

  /** As `[Symbol.dispose]`. */
  async [asyncDispose](): Promise<void> {
    this.close();
  }

  /** @internal */
  push(item: T): void {
    if (this._ended) return;
    this._items.push(item);
    this._wake();
  }

  /** @internal Only the first end counts. What has come can still be read. */
  end(how: { error?: unknown }): void {
    this._ended ??= how;
    this._wake();
  }

  private _wake(): void {
    for (const wake of this._waiting.splice(0)) wake();
  }
}
