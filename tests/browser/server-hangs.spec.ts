import { capOf, Drag } from "./support/pointer.ts";
import { expect, test } from "./support/test.ts";

test("a server that hangs while a slider is dragged is said to be slow, and catches up", async ({
  demo,
  page,
  server,
}) => {
  const slow = page.getByText("The server is slow to answer. Your changes are kept.");
  const slider = demo.slider("band-3-gain");
  const drag = await Drag.from(page, await capOf(slider));
  await drag.to(20);
  await demo.expectCurveFollows();

  server.hang();
  await drag.to(-20);
  const held = await slider.inputValue();
  await expect(slow).toBeVisible();
  await drag.to(-45);
  await expect(slider).not.toHaveValue(held);
  server.goOn();
  await demo.expectCurveFollows();
  await expect(slow).toBeHidden();
  await drag.release();
  await demo.expectSettled();
});
