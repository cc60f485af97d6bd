import { Drag, middleOf } from "./support/pointer.ts";
import { expect, test } from "./support/test.ts";

test("a point of the plot is dragged in both directions, and the curve follows", async ({
  demo,
  page,
}) => {
  const point = demo.handle(3);
  const before = await demo.bands();
  const start = await middleOf(point);

  // Taken hold of beside its middle, and not moved, it stays where it is.
  const drag = await Drag.from(page, { x: start.x + 9, y: start.y - 6 });
  await drag.to(0);
  expect(await demo.bands()).toEqual(before);
  for (const [x, y] of [
    [20, 10],
    [60, -40],
    [-80, 90],
    [-120, 30],
  ] as const) {
    await drag.to(x, y);
    await demo.expectCurveFollows();
    // It stays under the pointer, but for the steps of its values.
    const now = await middleOf(point);
    expect(Math.abs(now.x - start.x - x)).toBeLessThan(2);
    expect(Math.abs(now.y - start.y - y)).toBeLessThan(2);
  }
  await drag.release();
  await demo.expectSettled();

  const after = await demo.bands();
  expect(after[2]).toEqual({
    frequency: expect.not.closeTo(before[2]!.frequency),
    gain: expect.not.closeTo(before[2]!.gain),
    q: before[2]!.q,
  });
  expect(after.toSpliced(2, 1)).toEqual(before.toSpliced(2, 1));
});

test("a point dragged out of the plot stops at its edge", async ({ demo, page }) => {
  const drag = await Drag.from(page, await middleOf(demo.handle(5)));
  await drag.to(2000, -2000);
  await drag.release();
  await demo.expectSettled();
  expect((await demo.bands())[4]).toMatchObject({ frequency: 20_000, gain: 18 });
});
