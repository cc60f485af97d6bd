/** The package's wasm, which the build puts in as base64. */
declare module "fader.wasm" {
  const base64: string;
  export default base64;
}
