import { capOf, Drag } from "./support/pointer.ts";
import { expect, test } from "./support/test.ts";

// What the adaptive policy may spend on a server that takes `C` seconds: 1.3/C + 5 frames a second.
const FRAMES_PER_SECOND = 1.3 / 0.5 + 5;

test("a slow server is sent a fraction of the inputs, and the last one for certain", async ({
  demo,
  page,
}) => {
  await demo.slider("work").fill("500");
  await demo.expectSettled();
  const slider = demo.slider("band-3-gain");
  const events = await slider.evaluateHandle((input) => {
    const events = { inputs: 0 };
    input.addEventListener("input", () => events.inputs++);
    return events;
  });
  const paths = await demo.record(demo.curve, "d");
  const before = await demo.counters();
  const sent = demo.traffic.patches.length;

  const began = performance.now();
  const drag = await Drag.from(page, await capOf(slider));
  await drag.sweep(Array.from({ length: 150 }, (_, step) => Math.round(50 * Math.sin(step / 8))));
  // Answers came while the hand was moving.
  expect((await paths()).length).toBeGreaterThan(3);
  await drag.to(-33);
  await drag.release();
  await demo.expectSettled();
  const seconds = (performance.now() - began) / 1000;

  const after = await demo.counters();
  const inputs = after.inputs - before.inputs;
  const frames = after.frames - before.frames;
  expect(inputs).toBe(await events.evaluate(({ inputs }) => inputs));
  expect(inputs).toBeGreaterThan(100);
  // The hand makes up to 60 a second, and as few as 6 on a machine that is busy. The first, the
  // commit and the one that is under way at the end come on top.
  expect(frames).toBeLessThan(seconds * FRAMES_PER_SECOND + 3);
  // The page counts what really leaves, and every input left or gave way to a newer one.
  expect(frames).toBe(demo.traffic.patches.length - sent);
  expect(after.coalesced - before.coalesced + frames).toBeGreaterThanOrEqual(inputs);
});
