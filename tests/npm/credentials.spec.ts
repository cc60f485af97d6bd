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

test("a refused login says so everywhere, once each, and asks the app for other credentials", async ({ page }) => {
  const warnings: string[] = [];
  page.on("console", (message) => message.type() === "warning" && warnings.push(message.text()));
  const { states, errors, message, sum } = await page.evaluate(async () => {
    let token: string | undefined = "wrong";
    globalThis.client = await fader.connect<Api>("/fader", { credentials: () => token && { token } });
    const states: unknown[][] = [];
    const errors: unknown[] = [];
    client.on("state", (state) => {
      const cause = "cause" in state ? state.cause : undefined;
      states.push([state.name, cause?.kind, cause?.code, cause?.attempt]);
    });
    client.on("error", ({ kind, code, reason }) => errors.push([kind, code, reason]));
    await until(() => client.state.name === "refused");
    const reply = client.request("sum", { a: 1, b: 2 }, { timeout: 50 });
    const message = await reply.then(String, (error) => error.message);
    token = "right";
    client.renewCredentials();
    await client.ready({ timeout: 5_000 });
    const sum = await client.request("sum", { a: 1, b: 2 });
    client.close();
    return { states, errors, message, sum };
  });
  const refused = ["refused-credentials", 4401];
  expect(states.filter(([name]) => name === "waiting")).toEqual([["waiting", ...refused, 1]]);
  expect(states.filter(([name]) => name === "refused")).toEqual([["refused", ...refused, 2]]);
  expect(errors).toEqual(Array(2).fill([...refused, expect.any(String)]));
  expect(message).toMatch(/^sum: no answer within 50 ms; not sent, without a connection: refused-credentials \(4401/);
  expect(sum).toBe(3);
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toMatch(/refused-credentials \(4401, .*when-it-does-not-connect\.md#refused-credentials$/);
});

test("a provider may answer that the client is nobody in particular", async ({ page }) => {
  const cause = await page.evaluate(async () => {
    globalThis.client = await fader.connect<Api>("/fader", { credentials: () => null });
    await until(() => client.lastCause);
    client.close();
    return client.lastCause;
  });
  // This server does not take such clients, and says so itself.
  expect(cause).toMatchObject({ kind: "refused-credentials", code: 4401, attempt: 1 });
});
