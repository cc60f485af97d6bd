import { test as base } from "@playwright/test";
import { Server } from "./server.ts";

/** A server of the test's own, and a page of it in which the package can be imported; nothing of it may be uncaught. */
export const test = base.extend<{ server: Server; uncaught: string[] }>({
  server: async ({}, use) => {
    const server = await Server.start();
    await use(server);
    await server.kill();
  },
  uncaught: async ({ page }, use) => {
    const uncaught: string[] = [];
    page.on("pageerror", (error) => uncaught.push(error.message));
    await use(uncaught);
  },
  page: async ({ page, server }, use) => {
    await page.goto(server.url);
    await use(page);
  },
});

export { expect } from "@playwright/test";
