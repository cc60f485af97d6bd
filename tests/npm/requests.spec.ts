import { connect } from "./support/page.ts";
import { expect, test } from "./support/test.ts";

test.beforeEach(({ page }) => connect(page));

/** Runs code in the page that must fail with a `FaderError`, and answers what it says. */
const failure = async (call: () => unknown) => {
  try {
    await call();
  } catch (error) {
    if (!(error instanceof fader.FaderError) || !(error instanceof Error)) throw error;
    const { name, code, retryable, rejection, data, message } = error;
    return { name, code, retryable, rejection, data, message };
  }
  throw new Error("did not fail");
};

test("requests are answered, with values as JSON has them", async ({ page }) => {
  const values = [null, true, -1.5, "ä\u2028😀\"\\\n", [1, [2, {}]], { a: { __proto__x: 1 }, "": 0 }, 1e21, "x".repeat(20_000)];
  const answers = await page.evaluate(async (values) => {
    const sum = await client.request("sum", { a: 2, b: 3 });
    return [sum, ...(await Promise.all(values.map((value) => client.request("echo", value))))];
  }, values);
  expect(answers).toEqual([5, ...values]);
});

test("requests of one turn leave in one message", async ({ page }) => {
  const sent: string[] = [];
  page.on("websocket", (socket) => socket.on("framesent", ({ payload }) => sent.push(String(payload))));
  await page.evaluate(async () => {
    const other = await fader.connect<never>("/fader");
    await other.ready();
    await Promise.all([1, 2, 3].map((a) => (other as unknown as typeof client).request("sum", { a, b: 0 })));
    other.close();
  });
  expect(sent.filter((text) => text.includes('"sum"'))).toHaveLength(1);
});

test("messages keep to the server's limit, and hold names as they are", async ({ page }) => {
  const sent: string[] = [];
  page.on("websocket", (socket) => socket.on("framesent", ({ payload }) => sent.push(String(payload))));
  const names = ["a", 'a "name"', "back\\slash", "\n", "\u0001", "\u007f", "é", "\u2028", "😀", "n".repeat(100), `${"n".repeat(60)}ß`];
  const lengths = await page.evaluate(async (names) => {
    const other = (await fader.connect("/fader")) as unknown as { request(method: string, params?: unknown): Promise<string> } & typeof client;
    await other.ready();
    const texts = ["x", "é", "語", "😀"].map((char) => char.repeat(21_000 / new Blob([char]).size));
    const echoes = [...texts, ...texts].map((text) => other.request("echo", text));
    const unknown = names.map((name) => other.request(name).catch(() => {}));
    const replies = await Promise.all(echoes);
    await Promise.all(unknown);
    // Less than 60,000 characters, and more than 70,000 bytes.
    const long = Array.from({ length: 250 }, () => other.request("é".repeat(60)).catch(() => {}));
    await Promise.all([...long, other.request("echo", "x".repeat(40_000))]);
    other.close();
    return replies.map((reply, i) => (reply === texts[i % 4] ? new Blob([reply]).size : 0));
  }, names);
  expect(lengths).toEqual(Array(8).fill(21_000));
  const sizes = sent.map((message) => Buffer.byteLength(message));
  expect(Math.max(...sizes)).toBeLessThanOrEqual(65_536);
  expect(sizes.slice(0, -2).filter((size) => size > 60_000), "three at a time").toHaveLength(2);
  const methods = sent.flatMap((message) => JSON.parse(message)).filter(([code]) => code === 10).map(([, , method]) => method);
  expect(methods).toEqual([...Array(8).fill("echo"), ...names, ...Array(250).fill("é".repeat(60)), "echo"]);
});

test("a failure says what became of the request", async ({ page }) => {
  await page.evaluate(`globalThis.failure = ${failure}`);
  const of = (code: string) => page.evaluate(`failure(() => ${code})`);
  expect(await of(`client.request("fail")`)).toEqual({
    name: "FaderError",
    code: "rejected",
    retryable: false,
    rejection: "failed",
    data: { min: 3 },
    message: "rejected: failed: must be at least 3",
  });
  expect(await of(`client.request("nothing", 1)`)).toMatchObject({ code: "rejected", rejection: "unknown-method" });
  expect(await of(`client.request("slow", 60000, { timeout: 20 })`)).toMatchObject({ code: "timed-out" });
  expect(await of(`client.request("slow", 1, { timeout: 0 })`)).toMatchObject({ code: "bad-argument" });
  expect(await of(`client.request("", 1)`)).toMatchObject({ code: "bad-argument" });
  expect(await of(`client.request("echo", "x".repeat(70000))`)).toMatchObject({ code: "not-sent" });
  expect(await of(`(client.close(), client.request("sum", { a: 1, b: 2 }))`)).toMatchObject({ code: "closed" });
  expect(await of(`client.ready()`)).toMatchObject({ code: "closed" });
  expect(await of(`client.live("area", { width: 1, height: 1 })`)).toMatchObject({ code: "closed" });
});

test("values that JSON cannot carry are named", async ({ page }) => {
  await page.evaluate(`globalThis.failure = ${failure}`);
  const message = async (value: string) => {
    const { code, message } = (await page.evaluate(`failure(() => client.request("echo", ${value}))`)) as {
      code: string;
      message: string;
    };
    expect(code, value).toBe("bad-argument");
    return message.replace(/, which JSON cannot carry$/, "");
  };
  expect(await message("undefined")).toBe("params is undefined");
  expect(await message("{ a: [1, { b: [undefined], c: undefined }] }")).toBe("params.a[1].b[0] is undefined");
  expect(await message("{ a: undefined, b: { c: () => 1 } }")).toBe("params.b.c is a function");
  expect(await message("{ 'x y': 1n }")).toBe('params["x y"] is a BigInt');
  expect(await message("[NaN]")).toBe("params[0] is NaN");
  expect(await message("() => 1")).toBe("params is a function");
  expect(await message("new Map([[1, 2]])")).toBe("params is a Map");
  expect(await message("{ a: new Uint8Array(3) }")).toBe("params.a is a Uint8Array");
  expect(await message("[new ArrayBuffer(3)]")).toBe("params[0] is a ArrayBuffer");
  expect(await message("{ price: Promise.resolve(1) }")).toBe("params.price is a Promise");
  expect(await message("/x/")).toBe("params is a RegExp");
  expect(await message("[new TypeError('x')]")).toBe("params[0] is a Error");
  expect(await message("{ a: Object(1n) }")).toBe("params.a is a BigInt");
  expect(await message("(() => { const a = { b: {} }; a.b.c = a; return a; })()")).toBe("params.b.c contains itself");
  expect(await message("JSON.parse('['.repeat(65) + ']'.repeat(65))")).toContain("is nested deeper than 64 levels");
  const deep = "JSON.parse('['.repeat(64) + ']'.repeat(64))";
  expect(await page.evaluate(`client.request("echo", ${deep}).then(JSON.stringify)`)).toBe("[".repeat(64) + "]".repeat(64));
  const date = "2026-01-02T03:04:05.678Z";
  expect(await page.evaluate(`client.request("echo", new Date("${date}"))`)).toBe(date);
  const instance = "new (class { x = 1; toJSON() { return this; } })()";
  expect(await page.evaluate(`client.request("echo", [${instance}, new String("s"), Object.create(null)])`)).toEqual([{ x: 1 }, "s", {}]);
});

test("members that are undefined are left out, at any depth", async ({ page }) => {
  const echoed = await page.evaluate(() => client.request("echo", { a: 1, b: undefined, c: [{ d: undefined, e: { f: undefined } }] }));
  expect(echoed).toEqual({ a: 1, c: [{ e: {} }] });
});

test("what has a key runs once, and is answered again while the server knows it", async ({ page, server }) => {
  const replies = await page.evaluate(async () => {
    const idempotencyKey = crypto.randomUUID();
    const run = () => client.request("run", { id: "a", ms: 0 }, { idempotencyKey });
    return [await run(), await run()];
  });
  expect(replies).toEqual(["a", "a"]);
  // With all that it has said.
  await server.kill();
  expect(server.ran).toEqual(["a"]);
});

test("an aborted request rejects with the reason, and its work is cancelled", async ({ page }) => {
  const [reasons, left, cancelled] = await page.evaluate(async () => {
    const controller = new AbortController();
    const { signal } = controller;
    let listeners = 0;
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
      listeners += 1;
      addEventListener.apply(signal, args);
    };
    signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
      listeners -= 1;
      removeEventListener.apply(signal, args);
    };
    await client.request("sum", { a: 1, b: 1 }, { signal });
    const reason = (promise: Promise<unknown>) => promise.catch((error) => error);
    const slow = reason(client.request("slow", 60_000, { signal }));
    await client.request("sum", { a: 1, b: 1 });
    controller.abort("enough");
    const reasons = [await slow, await reason(client.request("sum", { a: 1, b: 1 }, { signal }))];
    let cancelled = 0;
    while (cancelled === 0) cancelled = await client.request("cancelled");
    return [reasons, listeners, cancelled] as const;
  });
  expect(reasons).toEqual(["enough", "enough"]);
  expect(left).toBe(0);
  expect(cancelled).toBe(1);
});

test("what a cut makes of requests", async ({ page, server }) => {
  await page.evaluate(() => {
    const outcome = (promise: Promise<unknown>) =>
      promise.catch((error) => (error instanceof fader.FaderError ? error.code : String(error)));
    Object.assign(globalThis, {
      outcomes: Promise.all([
        outcome(client.request("slow", 60_000)),
        outcome(client.request("slow", 60_000, { volatile: true })),
      ]),
    });
  });
  await expect.poll(() => page.evaluate(() => client.stats().inFlight)).toBe(2);
  await server.kill();
  await page.evaluate(() => until(() => client.state.name !== "open"));
  expect(
    await page.evaluate(() =>
      client.request("sum", { a: 1, b: 2 }, { volatile: true, idempotencyKey: "k" }).catch((error) => error.code),
    ),
  ).toBe("bad-argument");
  const volatile = await page.evaluate(() =>
    client.request("sum", { a: 1, b: 2 }, { volatile: true }).catch((error: InstanceType<typeof fader.FaderError>) => [error.code, error.retryable]),
  );
  expect(volatile).toEqual(["not-sent", true]);
  const waits = page.evaluate(() => client.request("sum", { a: 20, b: 3 }));
  await server.restart();
  expect(await waits).toBe(23);
  expect(await page.evaluate(`outcomes`)).toEqual(["unknown", "unknown"]);
  expect(await page.evaluate(() => [client.stats().connects, client.stats().resumes])).toEqual([2, 0]);
});
