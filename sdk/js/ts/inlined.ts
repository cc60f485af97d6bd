// The wasm as a script.
import base64 from "fader.wasm";

/** Its bytes; only decoded when they are needed. */
export const inlined = (): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
