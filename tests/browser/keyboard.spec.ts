import { expect, test } from "./support/test.ts";

test("the arrow keys, Home, End and the page keys move a slider, and the curve follows", async ({
  demo,
  page,
}) => {
  const slider = demo.slider("band-3-gain");
  const value = async () => Number(await slider.inputValue());
  await slider.focus();
  let last = await value();
  for (const [key, expected] of [
    ["ArrowRight", (value: number) => value === last + 0.1],
    ["ArrowUp", (value: number) => value > last],
    ["ArrowLeft", (value: number) => value < last],
    ["ArrowDown", (value: number) => value < last],
    ["PageUp", (value: number) => value > last + 1],
    ["PageDown", (value: number) => value < last - 1],
    ["Home", (value: number) => value === -18],
    ["End", (value: number) => value === 18],
  ] as const) {
    const sent = demo.traffic.patches.length;
    await page.keyboard.press(key);
    const now = await value();
    expect(expected(now), `${key} from ${last} to ${now}`).toBe(true);
    last = now;
    await demo.expectSettled();
    await expect.poll(() => demo.traffic.commitsSince(sent), key).toBe(1);
  }
});

test("a key held down is one gesture, with a curve for what it passes", async ({ demo, page }) => {
  const slider = demo.slider("band-3-frequency");
  await slider.focus();
  const paths = await demo.record(demo.curve, "d");
  const sent = demo.traffic.patches.length;
  for (let repeat = 0; repeat < 5; repeat++) {
    await page.keyboard.down("ArrowRight");
    await demo.expectCurveFollows();
  }
  expect((await paths()).length).toBeGreaterThan(5);
  await page.keyboard.up("ArrowRight");
  // Another step could have followed.
  await expect.poll(() => demo.traffic.commitsSince(sent)).toBe(1);
  await demo.expectSettled();
  const phases = demo.traffic.patches.slice(sent).map(({ phase }) => phase);
  expect(phases.filter((phase) => phase !== "preview")).toEqual(["commit"]);
  expect(phases.at(-1)).toBe("commit");
});

test("the arrow keys move a point in both directions", async ({ demo, page }) => {
  const { frequency, gain } = (await demo.bands())[2]!;
  await demo.handle(3).focus();
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Shift+ArrowDown");
  await page.keyboard.press("ArrowRight");
  await demo.expectSettled();
  const now = (await demo.bands())[2]!;
  expect(now.gain).toBeCloseTo(gain + 0.5 + 0.5 - 0.1);
  expect(now.frequency).toBeGreaterThan(frequency);
  await expect(demo.handle(3)).toHaveAttribute("aria-valuenow", String(now.gain));
});
