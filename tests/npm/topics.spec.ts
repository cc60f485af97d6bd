import { connect } from "./support/page.ts";
import { expect, test } from "./support/test.ts";

test.beforeEach(({ page }) => connect(page));

test("what is published comes in order, and break unsubscribes", async ({ page }) => {
  const sent: string[] = [];
  page.on("websocket", (socket) => socket.on("framesent", ({ payload }) => sent.push(String(payload))));
  const [prices, positions, after] = await page.evaluate(async () => {
    const other = (await fader.connect("/fader")) as unknown as typeof client;
    await other.ready();
    const ticks = other.subscribe("ticks");
    const begun = new Promise((resolve) => ticks.on("subscribed", resolve));
    const prices: number[] = [];
    const reading = (async () => {
      for await (const { price } of ticks) {
        prices.push(price);
        if (prices.length === 3) break;
      }
    })();
    await begun;
    const positions = [];
    for (const price of [1, 2, 3, 4]) positions.push(await client.publish("ticks", { price }));
    await reading;
    const after = [ticks.position?.offset, (await ticks.next()).done];
    other.close();
    return [prices, positions.map(({ offset }) => offset), after];
  });
  expect(prices).toEqual([1, 2, 3]);
  expect(positions).toEqual([1, 2, 3, 4]);
  expect(after).toEqual([3, true]);
});

test("a position continues, and a slow reader is told of what made way", async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const first = client.subscribe("ticks");
    const begun = new Promise<{ position: { epoch: string; offset: number } }>((resolve) => first.on("subscribed", resolve));
    const one = first.next();
    const { position } = await begun;
    for (const price of [1, 2, 3]) await client.publish("ticks", { price });
    await one;
    first.close();

    const since = client.subscribe("ticks", { since: position });
    const again = [(await since.next()).value?.price, (await since.next()).value?.price];
    since.close();

    const slow = client.subscribe("ticks", { since: position, buffer: 1 });
    const gaps: unknown[] = [];
    slow.on("gap", ({ from, to, reason }) => gaps.push([from, to, reason]));
    await client.publish("ticks", { price: 4 });
    await client.request("sum", { a: 1, b: 1 });
    const newest = (await slow.next()).value?.price;
    return { again, newest, gaps };
  });
  expect(seen).toEqual({ again: [1, 2], newest: 4, gaps: [[1, 3, "overflow"]] });
});

test("a subscription may begin with the last event", async ({ page }) => {
  const prices = await page.evaluate(async () => {
    for (const price of [1, 2]) await client.publish("ticks", { price });
    const withLast = client.subscribe("ticks", { last: true });
    const without = client.subscribe("ticks");
    const begun = new Promise((resolve) => without.on("subscribed", resolve));
    const first = without.next();
    await begun;
    await client.publish("ticks", { price: 3 });
    return [(await withLast.next()).value?.price, (await withLast.next()).value?.price, (await first).value?.price];
  });
  expect(prices).toEqual([2, 3, 3]);
});

test("publishing takes the options of a request", async ({ page, server }) => {
  const [first, again, next] = await page.evaluate(async () => {
    const idempotencyKey = crypto.randomUUID();
    const publish = () => client.publish("ticks", { price: 1 }, { idempotencyKey });
    return [await publish(), await publish(), await client.publish("ticks", { price: 2 })].map(({ offset }) => offset);
  });
  expect([again, next]).toEqual([first, first! + 1]);
  await server.suspend();
  const [reasons, isAtOnce] = await page.evaluate(async () => {
    const start = performance.now();
    const controller = new AbortController();
    const reason = (promise: Promise<unknown>) => promise.catch((error) => error.code ?? error);
    const aborted = reason(client.publish("ticks", { price: 3 }, { signal: controller.signal }));
    controller.abort("enough");
    const timedOut = reason(client.publish("ticks", { price: 4 }, { timeout: 20 }));
    return [[await aborted, await timedOut], performance.now() - start < 10_000];
  });
  expect(reasons).toEqual(["enough", "timed-out"]);
  expect(isAtOnce, "long before the default of 30 s").toBe(true);
});

test("an iterator survives a cut in mid-stream, and says that the server began anew", async ({ page, server }) => {
  await page.evaluate(async () => {
    const ticks = client.subscribe("ticks");
    const prices: number[] = [];
    const begins: boolean[] = [];
    ticks.on("subscribed", ({ recovered }) => begins.push(recovered));
    void (async () => {
      for await (const { price } of ticks) prices.push(price);
      prices.push(-1);
    })();
    Object.assign(globalThis, { ticks, prices, begins });
    await until(() => begins.length === 1);
    await client.publish("ticks", { price: 1 });
  });
  await server.kill();
  await page.evaluate(() => until(() => client.state.name !== "open"));
  await server.restart();
  const [prices, begins] = await page.evaluate(async () => {
    const { prices, begins } = globalThis as unknown as { prices: number[]; begins: boolean[] };
    await until(() => begins.length === 2);
    await client.publish("ticks", { price: 2 });
    await until(() => prices.length === 2);
    client.close();
    await until(() => prices.length === 3);
    return [prices, begins];
  });
  expect(prices).toEqual([1, 2, -1]);
  expect(begins[1]).toBe(false);
});

test("refusals and bad arguments", async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const code = (call: () => unknown) =>
      Promise.resolve()
        .then(call)
        .catch((error) => [error.code, error.rejection].filter(Boolean).join(" "));
    const loose = client as unknown as { subscribe(topic: string, options?: object): AsyncIterator<unknown>; publish(topic: string, event: unknown, options?: object): Promise<unknown> };
    const seen = [
      await code(() => loose.publish("ticks", { price: -1 })),
      await code(() => loose.publish("ticks", { price: [undefined] })),
      await code(() => loose.subscribe("nothing").next()),
      await code(() => loose.subscribe("")),
      await code(() => loose.subscribe("ticks", { buffer: 0 })),
      await code(() => loose.subscribe("ticks", { overflow: "grow" })),
      await code(() => loose.publish("ticks", { price: 1 }, { volatile: true })),
      await code(() => loose.publish("ticks", { price: 1 }, { volatile: true, idempotencyKey: "k" })),
      await code(() => client.subscribe("ticks").on("over" as "gap", () => {})),
    ];
    client.close();
    return [...seen, await code(() => loose.subscribe("ticks")), await code(() => loose.publish("ticks", { price: 1 }))];
  });
  expect(seen).toEqual([
    "rejected too-cheap",
    "bad-argument",
    "rejected unknown-topic",
    "bad-argument",
    "bad-argument",
    "bad-argument",
    undefined,
    "bad-argument",
    "bad-argument",
    "closed",
    "closed",
  ]);
});

test("RxJS takes a subscription", async ({ page }) => {
  const prices = await page.evaluate(async () => {
    const ticks = client.subscribe("ticks");
    const begun = new Promise((resolve) => ticks.on("subscribed", resolve));
    const prices = rxjs.firstValueFrom(rxjs.from(ticks).pipe(rxjs.map(({ price }) => price), rxjs.take(2), rxjs.toArray()));
    await begun;
    for (const price of [5, 6, 7]) await client.publish("ticks", { price });
    return prices;
  });
  expect(prices).toEqual([5, 6]);
});

test("RxJS unsubscribes while nothing comes", async ({ page }) => {
  const ended = await page.evaluate(async () => {
    const ticks = client.subscribe("ticks");
    const begun = new Promise((resolve) => ticks.on("subscribed", resolve));
    const subscription = rxjs.from(ticks).subscribe();
    await begun;
    subscription.unsubscribe();
    return await ticks.next();
  });
  expect(ended).toEqual({ done: true, value: undefined });
});

test("a callback is called with each event, until it is closed", async ({ page, uncaught }) => {
  const seen = await page.evaluate(async () => {
    const prices: number[] = [];
    const ends: unknown[] = [];
    const ticks = client.subscribe("ticks", ({ price }) => {
      prices.push(price);
      if (price === 2) throw new Error("of the app's own");
    });
    ticks.on("end", (error) => ends.push(error));
    await new Promise((resolve) => ticks.on("subscribed", resolve));
    for (const price of [1, 2, 3]) await client.publish("ticks", { price });
    await until(() => prices.length === 3);
    const { position } = ticks;
    ticks.close();
    await client.publish("ticks", { price: 4 });
    const more = client.subscribe("ticks", ({ price }) => prices.push(price), { since: position });
    await until(() => prices.length === 4);
    client.close();
    await until(() => client.state.name === "closed");
    more.on("end", (error) => ends.push(error));
    await until(() => ends.length === 2);
    return [prices, ends];
  });
  expect(seen).toEqual([[1, 2, 3, 4], [undefined, undefined]]);
  expect(uncaught).toEqual(["of the app's own"]);
});

test("a refusal is told to who listens for the end, or else reported as uncaught", async ({ page, uncaught }) => {
  const code = await page.evaluate(async () => {
    const loose = client as unknown as { subscribe(topic: string, onEvent: () => void): ReturnType<typeof client.subscribe> };
    const end = new Promise((resolve) => loose.subscribe("nothing", () => {}).on("end", resolve));
    const { rejection } = (await end) as { rejection: string };
    loose.subscribe("nothing else", () => {});
    return rejection;
  });
  expect(code).toBe("unknown-topic");
  await expect.poll(() => uncaught).toHaveLength(1);
});

test("who is there comes and goes", async ({ page, context, server }) => {
  await page.evaluate(() => {
    const room = client.subscribe("room", { presence: true });
    const counts: number[] = [];
    room.on("members", (members) => counts.push(members.size));
    Object.assign(globalThis, { room, counts });
  });
  const names = () => page.evaluate("[...room.members.values()].map(({ name }) => name)") as Promise<string[]>;
  await expect.poll(names).toEqual([expect.stringMatching(/^guest .{4}$/)]);
  const other = await context.newPage();
  await other.goto(server.url);
  await connect(other);
  await other.evaluate(() => void client.subscribe("room", { presence: true }));
  await expect.poll(names).toHaveLength(2);
  await other.evaluate(() => client.close());
  await expect.poll(names).toHaveLength(1);
  expect(await page.evaluate("counts")).toEqual([1, 2, 1]);
  expect(await page.evaluate(() => client.subscribe("ticks").members.size)).toBe(0);
});
