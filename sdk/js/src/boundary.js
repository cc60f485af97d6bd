// What the wasm half asks of JavaScript where one call does the work of many.

const encoder = new TextEncoder();
/** Written to and never read; as large as a message may be. */
const scratch = new Uint8Array(65_536);

/** The message that is being read, and where. */
let frames;
let frame;
let fields;
let field;

/** How many frames the message has. Throws if it is not JSON; `undefined` if it is no array. */
export function parse(text) {
  frames = JSON.parse(text);
  frame = 0;
  return Array.isArray(frames) ? frames.length : undefined;
}

/** Goes to the next frame, and says whether it is an array. */
export function nextFrame() {
  fields = frames[frame];
  frame += 1;
  field = 0;
  // The last message is not to be kept until another comes.
  if (frame === frames.length) frames = undefined;
  return Array.isArray(fields);
}

/** The next field; `undefined` if there is none. */
export function nextValue() {
  field += 1;
  return fields[field - 1];
}

/** Whether the next field is `null`, which is done with then. */
export function nextIsNull() {
  if (fields[field] !== null) return false;
  field += 1;
  return true;
}

const asNumber = (value) => (Number.isSafeInteger(value) && value >= 0 ? value : value === null ? -1 : -2);

/** The next field; -1 for `null` and -2 for whatever is not an integer from 0 to 2^53-1. */
export const nextNumber = () => asNumber(nextValue());

/** The next field; `undefined` if it is not a string. */
export function nextText() {
  const value = nextValue();
  return typeof value === "string" ? value : undefined;
}

/** The next field; `undefined` if it is not an object. */
export function nextObject() {
  const value = nextValue();
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
}

/** The names of the next field's members and the JSON texts of their values. */
export function nextMembers() {
  const object = nextObject();
  return object && Object.entries(object).flatMap(([name, member]) => [name, JSON.stringify(member)]);
}

/** A member of an object; `null` if it has none of that name. */
export const member = (object, name) => (Object.hasOwn(object, name) ? object[name] : null);

/** A member of an object, as `nextNumber` has it. */
export const number = (object, name) => asNumber(member(object, name));

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
