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

/** Goes to the next frame and answers its first field, as `nextNumber` does; -3 if it is no array. */
export function nextFrame() {
  fields = frames[frame];
  frame += 1;
  field = 0;
  // The last message is not to be kept until another comes.
  if (frame === frames.length) frames = undefined;
  return Array.isArray(fields) ? nextNumber() : -3;
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

/** The message in the making, without the two brackets at its end. */
let text = "";
/** What stands before the next value: a comma, but for an object's first one and behind a name. */
let comma;
/** How many bytes the message has more, at most, than its text has characters. */
let more = 0;
let hasJson = false;
/** The payloads of bytes, and how many bytes they are together. */
let chunks = [];
let stored = 0;
/** The same before the last frame. */
let textBefore, moreBefore, hasJsonBefore, chunksBefore, storedBefore;

/** Begins a frame. */
export function begin(code) {
  textBefore = text;
  moreBefore = more;
  hasJsonBefore = hasJson;
  chunksBefore = chunks.length;
  storedBefore = stored;
  text += (text === "" ? "[[" : "],[") + code;
  comma = ",";
}

/** Takes it back. */
export function takeBack() {
  text = textBefore;
  more = moreBefore;
  hasJson = hasJsonBefore;
  chunks.length = chunksBefore;
  stored = storedBefore;
}

/** Adds a number. */
export function add(value) {
  text += comma + value;
  comma = ",";
}

/** Adds a boolean or `null`. */
export const addLiteral = add;

/** Adds a string, of which this is the UTF-8. */
export function addString(at, length) {
  // A character beyond ASCII is at most two bytes more than one.
  more += 2 * length;
  add(quote(at, length));
}

/** Adds a payload: JSON text or bytes, of which the place is in the text, which they follow. */
export function addPayload(payload, size) {
  if (typeof payload === "string") {
    more += size - payload.length;
    hasJson = true;
    add(payload);
  } else {
    add(`[${stored},${payload.length}]`);
    chunks.push(payload);
    stored += payload.length;
  }
}

export function open() {
  add("{");
  comma = "";
}

/** Adds the name of a member. */
export function addName(at, length) {
  addString(at, length);
  text += ":";
  comma = "";
}

export function close() {
  text += "}";
  comma = ",";
}

/** Whether the message has no more bytes than this, and no payloads of both kinds. */
export const fits = (limit) =>
  text.length + more + 2 + (chunks.length && HEAD + stored) <= limit && !(hasJson && chunks.length);

/** The message, which is done with here. */
export function finish() {
  const message = chunks.length ? binary(encoder.encode(text + "]]")) : text + "]]";
  text = textBefore = "";
  more = stored = 0;
  hasJson = false;
  if (chunks.length) chunks = [];
  return message;
}

function binary(text) {
  const message = new Uint8Array(HEAD + text.length + stored);
  new DataView(message.buffer).setUint32(0, text.length);
  message.set(text, HEAD);
  let at = HEAD + text.length;
  for (const chunk of chunks) {
    message.set(chunk, at);
    at += chunk.length;
  }
  return message;
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
let memory;
/** All of the memory; empty once it has grown. */
let bytes = new Uint8Array();

export const useMemory = (of) => void (memory = of);

/** A text in the memory as a JSON string. */
function quote(at, length) {
  if (bytes.length === 0) bytes = new Uint8Array(memory.buffer);
  const end = at + length;
  let text = '"';
  for (let i = at; i < end; i += 1) {
    const byte = bytes[i];
    // A short one of plain characters, as names are, costs less to put together than to decode.
    if (byte < 32 || byte > 126 || byte === 34 || byte === 92 || length > 48) {
      return JSON.stringify(decoder.decode(bytes.subarray(at, end)));
    }
    text += String.fromCharCode(byte);
  }
  return text + '"';
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
