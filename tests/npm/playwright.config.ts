import { defineConfig } from "@playwright/test";
import { fromXtask } from "./support/environment.ts";

// Run through `cargo xtask test npm`, which builds the package and the server and says where they are.
export default defineConfig({
  testDir: ".",
  testMatch: "*.spec.ts",
  outputDir: "../../target/playwright-npm",
  forbidOnly: Boolean(process.env["CI"]),
  workers: process.env["CI"] ? 1 : "50%",
  retries: 0,
  reporter: "list",
  timeout: 60_000,
  expect: { timeout: 10_000 },
  use: {
    browserName: "chromium",
    launchOptions: {
      executablePath: fromXtask("FADER_CHROME"),
      args: [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
