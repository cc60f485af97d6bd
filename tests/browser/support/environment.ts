/** What `cargo xtask` says through the environment. */
export function fromXtask(name: "FADER_CHROME" | "FADER_DIST" | "FADER_SERVER_BIN" | "FADER_SCREENSHOTS"): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run the tests with \`cargo xtask test e2e\``);
  return value;
}
