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
  return new Client<A>([url].flat().map(String), options);
}

