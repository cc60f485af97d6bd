import { FaderError } from "./error.js";
import type { ConnectOptions } from "./types.js";

/** The options with numbers, in the order in which the wasm half takes them; `NaN` for a default. */
export function configOf({ dialTimeout, requestTimeout, backoff = {}, heartbeat = {}, queue = {} }: ConnectOptions): Float64Array {
  const given = {
    dialTimeout,
    requestTimeout,
    "backoff.base": backoff.base,
    "backoff.cap": backoff.cap,
    "backoff.minUptime": backoff.minUptime,
    "backoff.budgetRefill": backoff.budgetRefill,
    "heartbeat.interval": heartbeat.interval,
    "heartbeat.timeout": heartbeat.timeout,
    "heartbeat.probeTimeout": heartbeat.probeTimeout,
    "queue.requests": queue.requests,
    "queue.bytes": queue.bytes,
    "queue.inFlight": queue.inFlight,
    "queue.streamItems": queue.streamItems,
    "backoff.budget": backoff.budget,
  };
  return Float64Array.from(Object.entries(given), ([name, value]) => {
    if (value === undefined) return NaN;
    // Milliseconds, or how many.
    if (Number.isFinite(value) && value >= (name === "backoff.minUptime" ? 0 : 1)) return value;
    throw new FaderError("bad-argument", `${name} must be a number of at least 1, not ${value}`);
  });
}
