import { capOf, Drag } from "./support/pointer.ts";
import { expect, test } from "./support/proxy.ts";

// Somewhere in the hello, in the welcome, between messages and within them: the same
// network gives out again and again while a slider is dragged.
for (const direction of ["up", "down"] as const) {
  for (const bytes of [1, 700, 1200, 2049]) {
    test(`connections that are cut after ${bytes} bytes ${direction} lose no final value`, async ({
      demo,
      page,
      network,
    }) => {
      const slider = demo.slider("band-3-gain");
      const drag = await Drag.from(page, await capOf(slider));
      await drag.to(10);
      const { connections } = await network.stats();
      await network.cutAfter(direction, bytes);
      await network.cut();
      for (let x = 0; (await network.stats()).connections < connections + 2; x++) {
        await drag.to(10 + (x % 40));
      }
      await drag.to(-45);
      await drag.release();
      const final = await slider.inputValue();
      await network.cutAfter(direction, "never");
      await network.cut();

      await demo.expectState("open");
      await demo.expectSettled();
      await expect(slider).toHaveValue(final);
    });
  }
}

test("messages that arrive in the smallest pieces are messages", async ({ demo, page, network }) => {
  await network.chop(3);
  const slider = demo.slider("band-3-gain");
  const drag = await Drag.from(page, await capOf(slider));
  for (const x of [10, -20, 30]) {
    await drag.to(x);
    await demo.expectCurveFollows();
  }
  await drag.release();
  await demo.expectSettled();
  expect(demo.traffic.sockets).toHaveLength(1);
});

test("a session goes on over the next connection", async ({ demo, network }) => {
  await network.cut();
  await expect.poll(() => demo.traffic.sockets.length).toBe(2);
  await demo.expectState("open");
  await demo.slider("band-3-gain").fill("-12");
  await demo.expectSettled();
  await expect.poll(() => demo.traffic.resumed).toEqual([false, true]);
});
