import { Client } from "./client.js";
import { FaderError } from "./error.js";
import { load, type Source } from "./load.js";
import type { ConnectOptions } from "./types.js";

/** `connect`, with the wasm from the first of `sources` that has it, unless the app gives it. */
export async function connectWith<A>(
  url: string | URL,
  options: ConnectOptions,
  ...sources: Source[]
): Promise<Client<A>> {
  if (options.webSocket === undefined && typeof WebSocket === "undefined") {
    throw new FaderError("bad-argument", "there is no WebSocket here: pass one as `webSocket`");
  }
  const { wasm: given } = options;
  await load(given === undefined ? sources : [() => given]);
  return new Client<A>(String(url), options);
}

