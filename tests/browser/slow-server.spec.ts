import { capOf, Drag } from "./support/pointer.ts";
import { expect, test } from "./support/test.ts";

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

  const drag = await Drag.from(page, await capOf(slider));
  await drag.sweep(Array.from({ length: 150 }, (_, step) => Math.round(50 * Math.sin(step / 8))));
  // Answers came while the hand was moving.
  expect((await paths()).length).toBeGreaterThan(3);
  await drag.to(-33);
  await drag.release();
  await demo.expectSettled();

  const after = await demo.counters();
  const inputs = after.inputs - before.inputs;
  const frames = after.frames - before.frames;
  expect(inputs).toBe(await events.evaluate(({ inputs }) => inputs));
  expect(inputs).toBeGreaterThan(100);
  // The server can answer two a second; the hand makes up to 60, and as few as 6 on a machine that is busy.
  expect(frames).toBeLessThan(inputs / 2);
  // The page counts what really leaves, and every input left or gave way to a newer one.
  expect(frames).toBe(demo.traffic.patches.length - sent);
  expect(after.coalesced - before.coalesced).toBeGreaterThan(inputs / 2);
});
