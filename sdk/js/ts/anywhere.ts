/** The wasm from a script that is loaded only where the `.wasm` is not where it is looked for. */
export const anywhere = async (): Promise<Uint8Array<ArrayBuffer>> => (await import("./inlined.js")).inlined();
