import { whileFrozen } from "../shared/page-lifecycle.ts";
import { expect, test } from "./support/plain-browser.ts";
import { capOf, Drag } from "./support/pointer.ts";

test("a page that was frozen recovers when it is resumed", async ({ demo, page }) => {
  await demo.slider("band-3-gain").fill("-12");
  await whileFrozen(page, async () => {});
  // It let go of its connection by itself, so that the server would know.
  await expect.poll(() => demo.traffic.sockets.map((socket) => socket.isClosed())).toEqual([true, false]);
  await demo.expectState("open");
  await demo.expectSettled();
  await expect(demo.slider("band-3-gain")).toHaveValue("-12");

  const drag = await Drag.from(page, await capOf(demo.slider("band-3-gain")));
  await drag.to(30);
  await demo.expectCurveFollows();
  await drag.release();
  await demo.expectSettled();
});

test("a page that slept through a restart of the server recovers", async ({ demo, page, server }) => {
  await whileFrozen(page, async () => {
    await server.kill();
    await server.restart();
  });
  await demo.expectState("open");
  await demo.slider("band-3-gain").fill("-12");
  await demo.expectSettled();
});

test("a slider that is held while the page freezes goes on where it was", async ({ demo, page }) => {
  const slider = demo.slider("band-3-gain");
  const drag = await Drag.from(page, await capOf(slider));
  await drag.to(30);
  const held = await slider.inputValue();
  await whileFrozen(page, async () => {});
  await demo.expectState("open");
  await demo.expectCurveFollows();
  await expect(slider).toHaveValue(held);
  await drag.to(-30);
  await expect(slider).not.toHaveValue(held);
  await demo.expectCurveFollows();
  await drag.release();
  await demo.expectSettled();
});
