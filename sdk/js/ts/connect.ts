import { Client } from "./client.js";
import { FaderError } from "./error.js";
import { load, type Source } from "./load.js";
import type { ConnectOptions, ServerUrl } from "./types.js";

/** `connect`, with the wasm from the first of `sources` that has it, unless the app gives it. */
export async function connectWith<A>(
  url: ServerUrl | readonly ServerUrl[],
  options: ConnectOptions,
  ...sources: Source[]
): Promise<Client<A>> {
  if (options.webSocket === undefined && typeof WebSocket === "undefined") {
    throw new FaderError("bad-argument", "there is no WebSocket here: pass one as `webSocket`");
  }
  const { wasm: given } = options;
  await load(given === undefined ? sources : [() => given]);
  const urls = [url].flat().map(String);
  if (!options.debug) return new Client<A>(urls, options);
  const { debugging } = await import("./debug.js");
  const [watched, follow] = debugging(options);
  const client = new Client<A>(urls, watched);
  follow(client as unknown as Client<never>);
  return client;
}

