import { capOf, Drag } from "./support/pointer.ts";
import { expect, test } from "./support/test.ts";

test("a reload while a slider is dragged starts anew", async ({ demo, page, server }) => {
  const slider = demo.slider("band-3-gain");
  const opening = await demo.bands();
  const drag = await Drag.from(page, await capOf(slider));
  await drag.to(30);
  await page.reload();
  await demo.expectState("open");
  await demo.expectSettled();
  expect(await demo.bands()).toEqual(opening);
  // The button is still down, and comes up over a page that knows nothing of it.
  await drag.to(40);
  await drag.release();
  await demo.expectSettled();
  expect(await demo.bands()).toEqual(opening);

  const next = await Drag.from(page, await capOf(slider));
  await next.to(-30);
  await demo.expectCurveFollows();
  await next.release();
  await demo.expectSettled();
  expect(server.output.filter((line) => / (WARN|ERROR) /.test(line))).toEqual([]);
});
