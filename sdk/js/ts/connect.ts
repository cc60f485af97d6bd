import { Client } from "./client.js";
import { FaderError } from "./error.js";
import { load } from "./load.js";
import type { ConnectOptions, WasmSource } from "./types.js";

/** `connect`, with the wasm from where an entry point has it. */
export async function connectWith<A>(
  url: string | URL,
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
  if (!options.debug) return new Client<A>(String(url), options);
  const { debugging } = await import("./debug.js");
  const [watched, follow] = debugging(options);
  const client = new Client<A>(String(url), watched);
  follow(client as unknown as Client<never>);
  return client;
}

