import init from "../bindgen/engine.js";
import type { WasmSource } from "./types.js";

let loading: Promise<unknown> | undefined;

/** Loads the wasm, once for all clients; after a failure it may be tried again. */
export async function load(source: () => WasmSource | PromiseLike<WasmSource>): Promise<void> {
  loading ??= (async () => init({ module_or_path: await source() }))();
  try {
    await loading;
  } catch (error) {
    loading = undefined;
    throw error;
  }
}
