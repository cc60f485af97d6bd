import { FaderError } from "./error.js";

/** How deep arrays and objects may nest; servers refuse what is deeper. */
const DEPTH = 64;

/**
 * A value as JSON text, without the members that are `undefined`. `name` is what the value is called in an error, `level` how deep it is
 * nested already.
 *
 * Throws a `bad-argument` that names the part of the value which JSON cannot carry.
 */
export function encode(value: unknown, name: string, level = 1): string {
  if (!fits(value, level)) throw problem(value, name, level, []) ?? unfit(name, "cannot be sent");
  return JSON.stringify(value);
}

/** A value as it travels: bytes as a copy of them, all else as `encode` has it. */
export function toPayload(value: unknown, name: string): string | Uint8Array {
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength).slice();
  if (isBuffer(value)) return new Uint8Array(value.slice(0));
  return encode(value, name);
}

/** Whether JSON carries the value. A value that contains itself is too deep. */
const fits = (value: unknown, level: number): boolean => isSimple(value) || insideFits(value, level);

/** Whether JSON carries the value, which has nothing inside. As a rule most have not. */
const isSimple = (value: unknown): boolean =>
  typeof value === "string" || typeof value === "boolean" || value === null || Number.isFinite(value);

function insideFits(value: unknown, level: number): boolean {
  if (typeof value !== "object" || value === null || level > DEPTH) return false;
  if (hasOwnForm(value)) {
    value = value.toJSON();
    if (typeof value !== "object" || value === null) return isSimple(value);
  }
  if (isLost(value)) return false;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i += 1) if (!fits(value[i], level + 1)) return false;
    return true;
  }
  // What is inherited is looked at too: that costs less than to find out.
  for (const name in value) {
    const member = (value as Record<string, unknown>)[name];
    if (member !== undefined && !fits(member, level + 1)) return false;
  }
  return true;
}

/** What is wrong with the value, found at leisure. */
function problem(value: unknown, path: string, level: number, around: unknown[]): FaderError | undefined {
  switch (typeof value) {
    case "number":
      return Number.isFinite(value) ? undefined : unfit(path, `is ${value}`);
    case "bigint":
      return unfit(path, "is a BigInt");
    case "undefined":
    case "function":
    case "symbol":
      return unfit(path, `is ${typeof value === "undefined" ? "undefined" : `a ${typeof value}`}`);
    case "object":
      break;
    default:
      return undefined;
  }
  if (value === null) return undefined;
  if (around.includes(value)) return unfit(path, "contains itself");
  if (level > DEPTH) return unfit(path, `is nested deeper than ${DEPTH} levels`);
  if (hasOwnForm(value)) {
    value = value.toJSON();
    if (typeof value !== "object" || value === null) return problem(value, path, level, around);
  }
  if (isLost(value)) return unfit(path, `is a ${kind(value)}`);
  const inside = [...around, value];
  for (const [key, member] of Object.entries(value)) {
    // JSON leaves such a member out.
    if (member === undefined && !Array.isArray(value)) continue;
    const step = Array.isArray(value) ? `[${key}]` : /^[\w$]+$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
    const found = problem(member, path + step, level + 1, inside);
    if (found) return found;
  }
  return Array.isArray(value) && Object.keys(value).length < value.length ? unfit(path, "has holes") : undefined;
}

function hasOwnForm(value: object): value is { toJSON(): unknown } {
  return typeof (value as { toJSON?: unknown }).toJSON === "function";
}

/** What JSON would make another thing of, as a rule an empty one: a `Map`, a `Promise`, an `Error`. */
function isLost(value: object): boolean {
  if (value.constructor === Object || value.constructor === Array) return false;
  // An instance of a class is what its fields are.
  return !/^(Object|Array|String|Number|Boolean)$/.test(kind(value));
}

/** Also one of another realm, such as an iframe's. */
const isBuffer = (value: unknown): value is ArrayBuffer =>
  typeof value === "object" && value !== null && value.constructor !== Object && kind(value) === "ArrayBuffer";

const kind = (value: object): string => Object.prototype.toString.call(value).slice(8, -1);

function unfit(path: string, what: string): FaderError {
  return new FaderError("bad-argument", `${path} ${what}, which JSON cannot carry`);
}
