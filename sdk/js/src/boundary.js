// What the wasm half asks of JavaScript where one call does the work of many.

/** The bytes of a binary message ahead of its text: the length of the text. */
const HEAD = 4;

/** The message that is being read, and where. */
let frames;
/** The bytes of a binary message behind its text, and up to where they were taken. */
let store;
let taken;
let frame;
let fields;
let field;

/** How many bytes a message has, or UTF-16 units: of a text, it has no less in UTF-8. */
export const size = (message) => message.length ?? message.byteLength;

/** How many frames the message has; -1 if it, or the text of a binary one, is no JSON array. */
export function parse(message) {
  store = undefined;
  try {
    frames = JSON.parse(typeof message === "string" ? message : textOf(message));
  } catch {
    return -1;
  }
  frame = 0;
  return Array.isArray(frames) ? frames.length : -1;
}

function textOf(message) {
  // Either throws where there is less than that.
  const length = new DataView(message).getUint32(0);
  store = new Uint8Array(message, HEAD + length);
  taken = 0;
  return decoder.decode(new Uint8Array(message, HEAD, length));
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
function nextValue() {
  field += 1;
  return fields[field - 1];
}

/** The next field, a payload; `undefined` if there is none, or its bytes are not there. */
export function nextPayload() {
  const place = nextValue();
  if (!store) return place;
  const [from, length] = Array.isArray(place) && place.length === 2 ? place.map(asNumber) : [-1];
  // No byte is taken twice.
  if (!(from >= taken && length >= 0 && from + length <= store.length)) return undefined;
  taken = from + length;
  return store.slice(from, taken);
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

/** The names of the next field's members, sorted, and the JSON texts of their values. */
export function nextMembers() {
  const object = nextObject();
  return object && Object.keys(object).sort().flatMap((name) => [name, JSON.stringify(object[name])]);
}

/** A member of an object; `null` if it has none of that name. */
export const member = (object, name) => (Object.hasOwn(object, name) ? object[name] : null);

/** A member of an object, as `nextNumber` has it. */
export const number = (object, name) => asNumber(member(object, name));

const encoder = new TextEncoder();
/** Far quicker than to count, and as a rule there is none. */
const notAscii = /[\u0080-\uffff]/;

/** How many bytes a text takes in UTF-8. */
const utf8Length = (text) => (notAscii.test(text) ? encoder.encode(text).length : text.length);

/** How many bytes a payload has: a JSON text in UTF-8, or bytes, of which it says -1 less that. */
export const payloadSize = (payload) => (typeof payload === "string" ? utf8Length(payload) : -1 - payload.length);

/** The payloads of the message in the making, JSON texts or bytes. */
let payloads = [];

export const pushPayload = (payload) => void payloads.push(payload);

/** Takes back what was pushed after the first `count`. */
export const truncatePayloads = (count) => void (payloads.length = count);

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
let memory;
/** All of the memory; empty once it has grown. */
let bytes = new Uint8Array();

export const useMemory = (of) => void (memory = of);

/** The message whose text is in the memory, with the payloads in the places of its NULs. */
export function splice(at, length) {
  if (bytes.length === 0) bytes = new Uint8Array(memory.buffer);
  let message = "";
  if (length <= 48) {
    // Calling the decoder costs more than to put together a short text, which is ASCII as a rule.
    let next = 0;
    for (let i = at; i < at + length; i += 1) {
      const byte = bytes[i];
      if (byte > 127) return spliceLong(at, length);
      message += byte === 0 ? payloads[next++] : String.fromCharCode(byte);
    }
    payloads = [];
    return message;
  }
  return spliceLong(at, length);
}

function spliceLong(at, length) {
  const parts = decoder.decode(bytes.subarray(at, at + length)).split("\0");
  let message = parts[0];
  for (let i = 0; i < payloads.length; i += 1) message += payloads[i] + parts[i + 1];
  payloads = [];
  return message;
}

/** As `splice`, with payloads of bytes: their places are in the text, which they follow. */
export function spliceBytes(at, length) {
  const chunks = payloads;
  let end = 0;
  payloads = chunks.map((chunk) => {
    end += chunk.length;
    return `[${end - chunk.length},${chunk.length}]`;
  });
  const text = encoder.encode(splice(at, length));
  const message = new Uint8Array(HEAD + text.length + end);
  new DataView(message.buffer).setUint32(0, text.length);
  message.set(text, HEAD);
  end = HEAD + text.length;
  for (const chunk of chunks) {
    message.set(chunk, end);
    end += chunk.length;
  }
  return message;
}

/** A message to a socket that is closing is lost; its close event says so. */
export function send(webSocket, message) {
  if (webSocket.readyState !== 1) return;
  try {
    webSocket.send(message);
  } catch {
    // Only one that is no browser's throws here; it is up to it to close.
  }
}

export const rejection = (rejection, message, data) => ({ rejection, message, data });

export const position = (epoch, offset) => ({ epoch, offset });

// What the reader of a topic takes.
export const eventItem = (event) => ({ event });
export const gapItem = (from, to, reason) => ({ gap: { from, to, reason } });
export const subscribedItem = (epoch, offset, recovered) => ({
  subscribed: { position: position(epoch, offset), recovered },
});
export const endItem = (...ended) => ({ ended: rejection(...ended) });

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
