import { capOf, Drag } from "./support/pointer.ts";
import { expect, test } from "./support/test.ts";

test("the server is restarted in order while a slider is dragged", async ({ demo, page, server }) => {
  const slider = demo.slider("band-3-gain");
  const badge = await demo.record(demo.badge);
  const drag = await Drag.from(page, await capOf(slider));
  await drag.to(20);
  await demo.expectCurveFollows();

  // The server says goodbye and when to come back, and ends.
  await server.stop();
  await demo.expectState("waiting");
  await server.restart();
  await drag.to(-30);
  const held = await slider.inputValue();
  await demo.expectState("open");
  await demo.expectCurveFollows();
  await drag.release();
  await demo.expectSettled();
  await expect(slider).toHaveValue(held);
  expect(await badge()).toEqual(expect.arrayContaining([expect.stringMatching(/^Reconnecting in/)]));
});
