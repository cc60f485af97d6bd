import { defineConfig } from "@playwright/test";
import { browser } from "../shared/browser.ts";
import { fromXtask } from "./support/environment.ts";

// Run through `cargo xtask test npm`, which builds the package and the server and says where they are.
export default defineConfig({
  testDir: ".",
  testMatch: "**/*.spec.ts",
  outputDir: "../../target/playwright-npm",
  forbidOnly: Boolean(process.env["CI"]),
  // Most tests wait most of the time.
  workers: 2,
  retries: 0,
  reporter: "list",
  timeout: 60_000,
  expect: { timeout: 10_000 },
  use: browser(fromXtask("FADER_CHROME")),
});
