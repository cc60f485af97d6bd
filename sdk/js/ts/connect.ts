import { Client } from "./client.js";
import { FaderError } from "./error.js";
import { load } from "./load.js";
import type { ConnectOptions, ServerUrl, WasmSource } from "./types.js";

/** `connect`, with the wasm from where an entry point has it. */
export async function connectWith<A>(
  url: ServerUrl | readonly ServerUrl[],
  options: ConnectOptions,
  wasm: () => WasmSource | PromiseLike<WasmSource>,
): Promise<Client<A>> {
  if (options.webSocket === undefined && typeof WebSocket === "undefined") {
    throw new FaderError("bad-argument", "there is no WebSocket here: pass one as `webSocket`");
  }
  const { wasm: given } = options;
  try {
    await load(given === undefined ? wasm : () => given);
  } catch (cause) {
    throw new FaderError("bad-argument", `the wasm could not be loaded: ${cause}`, { cause });
  }
  const urls = [url].flat().map(String);
  if (!options.debug) return new Client<A>(urls, options);
  const { debugging } = await import("./debug.js");
  const [watched, follow] = debugging(options);
  const client = new Client<A>(urls, watched);
  follow(client as unknown as Client<never>);
  return client;
}

