/** What `cargo xtask` says through the environment. */
export function fromXtask(name: "FADER_CHROME" | "FADER_NPM_SERVER_BIN" | "FADER_PROXY_BIN" | "FADER_SITE"): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run the tests with \`cargo xtask test npm\``);
  return value;
}
