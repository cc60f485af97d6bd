// The default entry point: the wasm is fetched from beside this script. What moves the script
// without the wasm (esbuild, Vite 5 to 7 in development), what makes it a classic script, and pages
// that cannot fetch (`file:`) load it as a script instead.
import { anywhere } from "./anywhere.js";
import type { Client } from "./client.js";
import { connectWith } from "./connect.js";
import type { AnyApi, ConnectOptions, ServerUrl } from "./types.js";

export * from "./public.js";

/**
 * Loads the wasm, if this is the first client, and makes a client that begins to connect to `url`:
 * `wss://…`, or `https://…` for the same, or relative to the page, such as `/fader`. Of several, each
 * attempt that fails goes on to the next; the servers must share their sessions for one to go on at another.
 *
 * It does not wait for the connection: requests and live input can be given at once. Rejects with
 * a `FaderError`: `bad-argument` when the URL makes no sense or the wasm cannot be loaded, and
 * `unsupported` when the browser is too old.
 */
export function connect<A = AnyApi>(
  url: ServerUrl | readonly ServerUrl[],
  options: ConnectOptions = {},
): Promise<Client<A>> {
  return connectWith<A>(url, options, () => new URL(WASM_FILE, import.meta.url), anywhere);
}
