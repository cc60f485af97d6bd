import init from "../bindgen/engine.js";
import { FaderError } from "./error.js";
import type { WasmSource } from "./types.js";

/** Where the wasm may come from. */
export type Source = () => WasmSource | PromiseLike<WasmSource>;

/** A module that only a browser with reference types takes, the youngest of what the wasm uses. */
const YOUNGEST = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 1, 111, 0);

let loading: Promise<unknown> | undefined;

/**
 * Loads the wasm, once for all clients, from the first of the sources that has it; after a failure
 * it may be tried again.
 */
export async function load(sources: readonly Source[]): Promise<void> {
  if (typeof WebAssembly !== "object" || !WebAssembly.validate(YOUNGEST)) {
    throw new FaderError(
      "unsupported",
      "WebAssembly is missing here, or too old: Chrome or Edge 96, Firefox 92, Safari 15.4 or newer is needed, without lockdown mode",
    );
  }
  loading ??= (async () => init(await compileFirst(sources)))();
  try {
    await loading;
  } catch (cause) {
    loading = undefined;
    throw new FaderError("bad-argument", `the wasm could not be loaded: ${cause}`, { cause });
  }
}

/** From the first source that has it. Otherwise the first one's error is what matters. */
async function compileFirst(sources: readonly Source[]): Promise<WebAssembly.Module> {
  let failed: { error: unknown } | undefined;
  for (const source of sources) {
    try {
      return await compile(await source());
    } catch (error) {
      failed ??= { error };
    }
  }
  throw failed?.error;
}

async function compile(source: WasmSource): Promise<WebAssembly.Module> {
  const wasm = kind(source) === "WebAssembly.Module" ? (source as WebAssembly.Module) : await read(source);
  // Each build has short names of its own for what script and wasm ask of each other.
  if (WebAssembly.Module.customSections(wasm, WASM_BUILD).length === 0) {
    throw new Error("it is not of the same build as the script: an old copy of it is served, or cached");
  }
  return wasm;
}

async function read(source: WasmSource): Promise<WebAssembly.Module> {
  if (ArrayBuffer.isView(source) || kind(source).endsWith("ArrayBuffer")) return WebAssembly.compile(source as BufferSource);
  const response = kind(source) === "Response" ? (source as Response) : await fetch(address(source as URL | string | Request));
  const type = response.headers.get("content-type") ?? "";
  // A server of an app with one page answers whatever it does not have with that page.
  if (!response.ok || type.startsWith("text/html")) throw new Error(`${response.url} is ${response.status} ${type}`);
  return type === "application/wasm" ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer());
}

/** Nothing is fetched with the name and password of `http://user:pass@host/`, which relative URLs inherit. */
function address(source: URL | string | Request): URL | Request {
  if (kind(source) === "Request") return source as Request;
  const url = new URL(source as URL | string, globalThis.document?.baseURI ?? globalThis.location?.href);
  url.username = url.password = "";
  return url;
}

/** What it is, also if it is of another realm: an iframe's, or of the world around a test. */
const kind = (source: unknown): string => Object.prototype.toString.call(source).slice(8, -1);
