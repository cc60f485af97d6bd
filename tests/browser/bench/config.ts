import { defineConfig } from "@playwright/test";
import { browser } from "../support/browser.ts";

// `cargo xtask bench live --browser`: live input in a real browser, over a network with a delay.
export default defineConfig({
  testDir: ".",
  testMatch: "live.ts",
  outputDir: "../../../target/playwright",
  workers: 1,
  reporter: [["./reporter.ts"]],
  timeout: 600_000,
  use: { ...browser, viewport: { width: 1280, height: 800 } },
});
