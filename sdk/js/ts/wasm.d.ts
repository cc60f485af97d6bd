/** The package's wasm, which the build puts in as base64. */
declare module "fader.wasm" {
  const base64: string;
  export default base64;
}

/** The name of the `.wasm` beside the script, with a hash of what is in it; put in by the build. */
declare const WASM_FILE: string;

/** The name of the custom section that only the wasm of the same build has; put in by the build. */
declare const WASM_BUILD: string;
