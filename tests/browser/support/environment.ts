type Variable =
  | "FADER_CHROME"
  | "FADER_DIST"
  | "FADER_SERVER_BIN"
  | "FADER_PROXY_BIN"
  | "FADER_SCREENSHOTS";

/** What `cargo xtask` says through the environment. */
export function fromXtask(name: Variable): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run the tests with \`cargo xtask test e2e\``);
  return value;
}
