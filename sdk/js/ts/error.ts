/**
 * What became of the call. Stable: programs may rely on it.
 *
 * - `not-sent`: it never left: the queue was full, it was too large, or it was volatile and
 *   there was no connection.
 * - `unknown`: it left, and the server was lost before it answered. It may have run or not.
 * - `timed-out`: no answer came in time. If it had left, the server was told to stop.
 * - `rejected`: the server refused it, or its handler failed; `rejection` says which.
 * - `closed`: the client is closed.
 * - `bad-argument`: something that was passed makes no sense; the message names it.
 * - `unsupported`: this browser is too old, or does not let pages use WebAssembly.
 */
export type ErrorCode = "not-sent" | "unknown" | "timed-out" | "rejected" | "closed" | "bad-argument" | "unsupported";

/** Why something failed. */
export class FaderError extends Error {
  /** What became of the call. */
  readonly code: ErrorCode;
  /** Whether it did not run and the same call may succeed later. */
  readonly retryable: boolean;
  /**
   * With `rejected`: the server's own code, such as `failed` (the handler returned an error),
   * `unknown-method`, `bad-params` or `too-many`.
   */
  readonly rejection: string | undefined;
  /** With `rejected`: the error value that the handler gave, if any. */
  readonly data: unknown;

  /** Made by the package; `details` are the fields of the same names. */
  constructor(
    code: ErrorCode,
    message: string,
    details: { rejection?: string | undefined; data?: unknown; cause?: unknown } = {},
  ) {
    super(message, "cause" in details ? { cause: details.cause } : undefined);
    this.name = "FaderError";
    this.code = code;
    this.retryable = code === "not-sent" || details.rejection === "too-many";
    this.rejection = details.rejection;
    this.data = details.data;
  }
}

/** @internal */
export function closed(): FaderError {
  return new FaderError("closed", "the client is closed");
}

/** @internal Why the server refused something, as the wasm half has it. */
export interface Rejection {
  rejection: string;
  message: string;
  data: unknown;
}

/** @internal */
export function rejected(why: Rejection): FaderError {
  return new FaderError("rejected", why.message, why);
}

/** @internal What the wasm half throws is a text. */
export function badArgument(error: unknown): unknown {
  if (typeof error !== "string") return error;
  return error === "" ? closed() : new FaderError("bad-argument", error);
}

/**
 * @internal An error that is made when who waits for it is told: then its stack says who that is,
 * which would cost more than a request if each had to remember.
 */
export class Unmade {
  readonly make: () => FaderError;

  constructor(make: () => FaderError) {
    this.make = make;
  }
}

/** @internal Throws what a promise was rejected with. */
export function thrown(why: unknown): never {
  if (!(why instanceof Unmade)) throw why;
  const error = why.make();
  // What the package does itself says nothing.
  Error.captureStackTrace?.(error, thrown);
  throw error;
}
