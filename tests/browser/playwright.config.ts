import { defineConfig } from "@playwright/test";
import { browser } from "./support/browser.ts";

// Run through `cargo xtask test e2e`, which builds the page and the server and says where they are.
export default defineConfig({
  testDir: ".",
  testMatch: "*.spec.ts",
  outputDir: "../../target/playwright",
  forbidOnly: Boolean(process.env["CI"]),
  // The demo is about timing: in CI, one test at a time has the machine to itself.
  workers: process.env["CI"] ? 1 : "50%",
  retries: 0,
  reporter: "list",
  timeout: 30_000,
  expect: { timeout: 10_000 },
  use: {
    ...browser,
    // Without pictures of every step: those take longer than the steps, and change their timing.
    trace: { mode: "retain-on-failure", snapshots: false, screenshots: false },
    screenshot: "only-on-failure",
  },
});
