import type { Api } from "./api.ts";
import { load } from "./support/page.ts";
import { Server } from "./support/server.ts";
import { expect, test as base } from "./support/test.ts";

/** `test` with a server that asks for a token. */
const test = base.extend({
  server: async ({}, use) => {
    const server = await Server.start(undefined, "--token", "right");
    await use(server);
    await server.kill();
  },
});

declare global {
  /** How often the page was asked for credentials. */
  var asked: number;
}

test.beforeEach(({ page }) => load(page));

test("credentials are asked for at each attempt, until the server takes them", async ({ page, server }) => {
  const first = await page.evaluate(async () => {
    globalThis.asked = 0;
    globalThis.client = await fader.connect<Api>("/fader", {
      credentials: async () => {
        asked += 1;
        if (asked === 1) throw new Error("nobody has logged in yet");
        return { token: asked === 2 ? "wrong" : "right" };
      },
    });
    await client.ready({ timeout: 10_000 });
    return [asked, await client.request("sum", { a: 2, b: 3 })];
  });
  expect(first).toEqual([3, 5]);

  await server.kill();
  await server.restart();
  const again = await page.evaluate(async () => {
    // What is sent before the page hears of the end has an unknown outcome.
    await until(() => asked > 3);
    const sum = await client.request("sum", { a: 20, b: 3 });
    client.close();
    return sum;
  });
  expect(again).toBe(23);
});

test("without credentials there is no connection, and calls wait", async ({ page }) => {
  const code = await page.evaluate(async () => {
    globalThis.client = await fader.connect<Api>("/fader");
    const reply = client.request("sum", { a: 1, b: 2 }, { timeout: 700 });
    const code = await reply.then(
      () => undefined,
      (error) => error.code,
    );
    client.close();
    return code;
  });
  expect(code).toBe("timed-out");
});
