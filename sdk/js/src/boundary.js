// What the wasm half asks of JavaScript where one call does the work of many.

const encoder = new TextEncoder();
/** Written to and never read; as large as a message may be. */
const scratch = new Uint8Array(65_536);

/** The frames of a message. Throws if it is not JSON; `undefined` if it is no array. */
export function parse(text) {
  const frames = JSON.parse(text);
  return Array.isArray(frames) ? frames : undefined;
}

/** The items of an array; `undefined` if it is another value. */
export const items = (value) => (Array.isArray(value) ? value : undefined);

export const length = (array) => array.length;

export const item = (array, index) => array[index];

/** -1 for whatever is not an integer from 0 to 2^53-1. */
export const integer = (value) => (Number.isSafeInteger(value) && value >= 0 ? value : -1);

/** A member of an object; `undefined` if it has none of that name, or is another value. */
export const member = (value, name) =>
  typeof value === "object" && value !== null && Object.hasOwn(value, name) ? value[name] : undefined;

/** The names of an object's members and the JSON texts of their values; `undefined` for any other value. */
export function members(value) {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return Object.entries(value).flatMap(([name, member]) => [name, JSON.stringify(member)]);
}

/** How many bytes a text takes in UTF-8. */
export function utf8Length(text) {
  if (text.length > 64) {
    const { read, written } = encoder.encodeInto(text, scratch);
    return read === text.length ? written : encoder.encode(text).length;
  }
  // Calling the encoder costs more than to look at a short text, which is ASCII as a rule.
  for (let i = 0; i < text.length; i += 1) if (text.charCodeAt(i) > 127) return encoder.encode(text).length;
  return text.length;
}

/** Puts payloads in the places of the NULs of a message. */
export function splice(skeleton, payloads) {
  const parts = skeleton.split("\0");
  let message = parts[0];
  for (let i = 0; i < payloads.length; i += 1) message += payloads[i] + parts[i + 1];
  return message;
}

export const send = (webSocket, message) => webSocket.send(message);

export const stats = (rtt, queued, inFlight, connects, resumes, unacknowledged, overflowed) => ({
  rttMs: rtt,
  queued,
  inFlight,
  connects,
  resumes,
  unacknowledged,
  overflowed,
});

export const liveStatus = (
  pending, inFlight, gesture, stalled, partial, staleness, rtt, wait, service, framesPerSecond, resultsPerSecond,
  inputs, frames, coalesced, conflated, results, partials, stale, resent,
) => ({
  pending,
  inFlight,
  gesture,
  stalled,
  partial,
  stalenessMs: staleness,
  rttMs: rtt,
  waitMs: wait,
  serviceMs: service,
  error: undefined,
  framesPerSecond,
  resultsPerSecond,
  counters: { inputs, frames, coalesced, conflated, results, partials, stale, resent },
});
