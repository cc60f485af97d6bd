import { capOf, Drag } from "./support/pointer.ts";
import { expect, test } from "./support/test.ts";

test("the server crashes while a slider is dragged, and the final value is shown when it is back", async ({
  demo,
  page,
  server,
}) => {
  const slider = demo.slider("band-3-gain");
  const badge = await demo.record(demo.badge);
  const drag = await Drag.from(page, await capOf(slider));
  await drag.to(20);
  await demo.expectCurveFollows();

  await server.kill();
  await demo.expectState("waiting");
  const confirmed = await demo.curve.getAttribute("d");
  // The slider stays in the hand; the curve waits.
  await drag.to(-20);
  const held = await slider.inputValue();
  await drag.to(-45);
  await expect(slider).not.toHaveValue(held);
  const final = await slider.inputValue();
  await drag.release();
  await expect(page.getByText("No connection. Your changes are kept.")).toBeVisible();
  await expect(demo.curve).toHaveAttribute("data-pending", "true");
  expect(await demo.curve.getAttribute("d")).toBe(confirmed);
  await expect.poll(async () => countsDown(await badge()), { message: "a countdown" }).toBe(true);

  await server.restart();
  await demo.expectState("open");
  await demo.expectSettled();
  await expect(slider).toHaveValue(final);
  expect(await demo.curve.getAttribute("d")).not.toBe(confirmed);
  await expect(page.getByText("No connection.")).toBeHidden();
});

test("a slider that is held while the server crashes and comes back goes on as if nothing was", async ({
  demo,
  page,
  server,
}) => {
  const slider = demo.slider("band-3-gain");
  const drag = await Drag.from(page, await capOf(slider));
  await drag.to(20);
  await demo.expectCurveFollows();

  await server.kill();
  await demo.expectState("waiting");
  await drag.to(-30);
  const held = await slider.inputValue();
  await server.restart();
  await demo.expectState("open");
  await demo.expectCurveFollows();
  await expect(slider).toHaveValue(held);

  const sent = demo.traffic.patches.length;
  await drag.to(-45);
  await demo.expectCurveFollows();
  await drag.release();
  await demo.expectSettled();
  await expect(slider).not.toHaveValue(held);
  const commits = demo.traffic.patches.slice(sent).filter(({ phase }) => phase === "commit");
  expect(commits).toHaveLength(1);
});

/** Whether the badge has counted down, within one wait. */
function countsDown(texts: readonly string[]): boolean {
  const seconds = texts.map((text) => /^Reconnecting in (\d+\.\d) s$/.exec(text)?.[1]).map(Number);
  return seconds.some((left, i) => i >= 2 && seconds[i - 2]! > seconds[i - 1]! && seconds[i - 1]! > left);
}
