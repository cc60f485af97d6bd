import { chromium } from "@playwright/test";
import { withPlainBrowser } from "../../shared/plain-browser.ts";
import { browser } from "./browser.ts";
import { expect, test as base } from "./test.ts";

/** `test` with a browser that Playwright watches and does not change. */
export const test = base.extend({
  context: ({}, use) => withPlainBrowser(chromium, browser.launchOptions, use),
  page: async ({ context }, use) => {
    const [page] = context.pages();
    if (!page) throw new Error("a window without a page");
    await use(page);
  },
});

export { expect };
