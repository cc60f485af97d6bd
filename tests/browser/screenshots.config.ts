import { defineConfig } from "@playwright/test";
import { browser } from "./support/browser.ts";

// `cargo xtask screenshots [folder]`: the demo on a desktop and on a phone, light and dark.
const screens = {
  desktop: { viewport: { width: 1280, height: 800 } },
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true },
};

export default defineConfig({
  testDir: ".",
  testMatch: "screenshots.ts",
  outputDir: "../../target/playwright",
  workers: 1,
  reporter: "list",
  projects: Object.entries(screens).flatMap(([screen, options]) =>
    (["light", "dark"] as const).map((colorScheme) => ({
      name: `${screen}-${colorScheme}`,
      use: { ...browser, ...options, colorScheme },
    })),
  ),
});
