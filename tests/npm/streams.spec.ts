import { connect } from "./support/page.ts";
import { expect, test } from "./support/test.ts";

test.beforeEach(({ page }) => connect(page));

test("the items of a stream come in order, and then its end", async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const numbers: number[] = [];
    for await (const number of client.stream("countdown", 500)) numbers.push(number);
    return numbers;
  });
  expect(seen).toEqual(Array.from({ length: 501 }, (_, i) => 500 - i));
});

test("a stream that nobody reads stops the server; break, close and a signal give it up", async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const sent = async (holds: (sent: { items: number; ended: number }) => boolean) => {
      for (;;) {
        const sent = await client.request("counted-down");
        if (holds(sent)) return sent;
      }
    };
    const countdown = client.stream("countdown", 1e9);
    const first = await countdown.next();
    // As many as are waiting, and what the server holds ready.
    await sent(({ items }) => items >= 64);
    const { items } = await sent(() => true);
    let read = 1;
    for await (const _ of countdown) if ((read += 1) === 200) break;
    const broken = await sent(({ ended }) => ended === 1);
    const after = await countdown.next();

    const other = client.stream("countdown", 1e9);
    await other.next();
    other.close();
    await sent(({ ended }) => ended === 2);

    const controller = new AbortController();
    const aborted = client.stream("countdown", 1e9, { signal: controller.signal });
    await aborted.next();
    controller.abort("enough");
    let reason: unknown;
    // What has come can still be read.
    for (;;) {
      const next = await aborted.next().catch((why) => void (reason = why));
      if (!next || next.done) break;
    }
    await sent(({ ended }) => ended === 3);
    return { first: first.value, isBounded: items < 300, isBoundedLater: broken.items < 600, isDone: after.done, reason, left: client.stats().inFlight };
  });
  expect(seen).toEqual({ first: 1e9, isBounded: true, isBoundedLater: true, isDone: true, reason: "enough", left: 0 });
});

test("a reader who waits is done when the stream is closed, and errors are thrown once", async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const loose = client as unknown as { stream(method: string, params?: unknown): ReturnType<typeof client.stream> };
    const error = async (call: () => unknown) => {
      try {
        return await call();
      } catch (error) {
        const { code, rejection, data } = error as InstanceType<typeof fader.FaderError>;
        return [code, rejection, data];
      }
    };
    const refused = client.stream("countdown", -1);
    const seen = [
      await error(() => refused.next()),
      await error(() => refused.next()),
      await error(() => loose.stream("countdown", undefined)),
      await error(() => loose.stream("nothing", 1).next()),
      await error(() => loose.stream("sum", { a: 1, b: 2 }).next()),
      await error(() => (client as unknown as typeof loose & { request(m: string, p: unknown): unknown }).request("countdown", 1)),
    ];
    const open = client.stream("countdown", 1e9);
    client.close();
    const last = await error(async () => {
      for await (const _ of open);
    });
    return [...seen, last, await error(() => client.stream("countdown", 1))];
  });
  expect(seen).toEqual([
    ["rejected", "failed", { min: 0 }],
    { done: true, value: undefined },
    ["bad-argument", undefined, undefined],
    ["rejected", "unknown-method", undefined],
    ["rejected", expect.any(String), undefined],
    ["rejected", expect.any(String), undefined],
    ["closed", undefined, undefined],
    ["closed", undefined, undefined],
  ]);
});
