/** Takes a listener away. Calling it again does nothing. */
export type Off = () => void;

/** Runs an app's code: what it throws is reported as uncaught, and stops nobody else. */
export function run(code: () => void): void {
  try {
    code();
  } catch (error) {
    report(error);
  }
}

/** Makes it an uncaught error. */
export function report(error: unknown): void {
  if (typeof reportError === "function") reportError(error);
  else
    atEndOfTurn(() => {
      throw error;
    });
}

/** What `queueMicrotask` does, also where a test has stopped that along with the clock, as Jest's fake timers do. */
export function atEndOfTurn(run: () => void): void {
  void Promise.resolve().then(run);
}

/** Those who want to be told of something. */
export class Listeners<T> {
  private readonly _listeners = new Set<{ tell: (value: T) => void }>();

  add(tell: (value: T) => void): Off {
    // The same function may be added twice, and each is taken away by itself.
    const listener = { tell };
    this._listeners.add(listener);
    return () => void this._listeners.delete(listener);
  }

  tell(value: T): void {
    for (const listener of [...this._listeners]) {
      // One may take others away.
      if (this._listeners.has(listener)) run(() => listener.tell(value));
    }
  }

  get size(): number {
    return this._listeners.size;
  }

  clear(): void {
    this._listeners.clear();
  }
}
