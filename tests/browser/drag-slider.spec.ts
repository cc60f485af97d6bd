import { capOf, Drag } from "./support/pointer.ts";
import { expect, test } from "./support/test.ts";

test("while a slider is dragged the curve follows, and ends as the server computes it", async ({
  demo,
  page,
}) => {
  const slider = demo.slider("band-3-gain");
  const paths = await demo.record(demo.curve, "d");
  const sent = demo.traffic.patches.length;

  const drag = await Drag.from(page, await capOf(slider));
  for (const x of [6, 12, 24, 40, -10, -30]) {
    await drag.to(x);
    // With the button held down.
    await demo.expectCurveFollows();
  }
  expect((await paths()).length).toBeGreaterThan(6);
  const patches = demo.traffic.patches.slice(sent);
  expect(patches.map(({ phase }) => phase)).not.toContain("commit");
  expect(patches.every(({ keys }) => keys.join() === "mid")).toBe(true);

  await drag.to(-40);
  const held = await slider.inputValue();
  await drag.release();
  await expect(slider).toHaveValue(held);
  await demo.expectSettled();
  const commits = demo.traffic.patches.slice(sent).filter(({ phase }) => phase !== "preview");
  expect(commits.map(({ phase }) => phase)).toEqual(["commit"]);
});
