import type { BrowserContext, Locator } from "@playwright/test";
import { Demo, type SliderId } from "./support/demo.ts";
import { capOf, Drag } from "./support/pointer.ts";
import { expect, test } from "./support/test.ts";

const GAIN: SliderId = "band-3-gain";

/** Another person's page, with the shared equaliser. */
async function join(context: BrowserContext, url: string): Promise<Demo> {
  const demo = new Demo(await context.newPage());
  await demo.open(`${url}?shared`);
  return demo;
}

/** How often the thumb was, in a frame, elsewhere than the person who held it had put it. */
async function watchJumps(slider: Locator): Promise<() => Promise<number>> {
  const seen = await slider.evaluateHandle((input: HTMLInputElement) => {
    const seen = { jumps: 0, frames: 0 };
    let held = false;
    let own = input.value;
    input.addEventListener("pointerdown", () => ((held = true), (own = input.value)));
    input.addEventListener("pointerup", () => (held = false));
    input.addEventListener("input", () => (own = input.value));
    const look = () => {
      seen.frames++;
      if (held && input.value !== own) seen.jumps++;
      requestAnimationFrame(look);
    };
    look();
    return seen;
  });
  return async () => {
    const { jumps, frames } = await seen.jsonValue();
    expect(frames).toBeGreaterThan(3);
    return jumps;
  };
}

test("what one person moves, the other sees moving", async ({ context, server }) => {
  const [one, other] = [await join(context, server.url), await join(context, server.url)];
  const values = await other.record(other.page.locator(`output[for=${GAIN}]`));
  const curves = await other.record(other.curve, "d");
  await one.page.bringToFront();
  const drag = await Drag.from(one.page, await capOf(one.slider(GAIN)));
  for (const x of [10, 20, 30, -20, -40]) {
    await drag.to(x);
    await one.expectCurveFollows();
  }
  await drag.release();
  const value = await one.slider(GAIN).inputValue();
  await expect(other.slider(GAIN)).toHaveValue(value);
  await Promise.all([one.expectSettled(), other.expectSettled()]);
  expect((await values()).length).toBeGreaterThan(3);
  expect((await curves()).length).toBeGreaterThan(3);
});

test("nobody's thumb is moved while it is held, and each gesture is one commit", async ({ context, server }) => {
  const [one, other] = [await join(context, server.url), await join(context, server.url)];
  const jumps = [await watchJumps(one.slider(GAIN)), await watchJumps(other.slider(GAIN))];
  const sent = [one, other].map(({ traffic }) => traffic.patches.length);

  const drag = await Drag.from(one.page, await capOf(one.slider(GAIN)));
  await drag.to(25);
  await one.expectCurveFollows();
  const held = await one.slider(GAIN).inputValue();
  await expect(other.slider(GAIN)).toHaveValue(held);

  // Both at once.
  const against = await Drag.from(other.page, await capOf(other.slider(GAIN)));
  for (const x of [-10, -20, -30]) {
    await drag.to(25 - x / 2);
    await one.expectCurveFollows();
    await against.to(x);
    await other.expectCurveFollows();
  }
  await against.release();
  await other.expectSettled();
  const theirs = await other.slider(GAIN).inputValue();
  const ours = await one.slider(GAIN).inputValue();
  expect(ours).not.toBe(theirs);

  // The newest of the two is everybody's.
  await drag.to(50);
  await drag.release();
  const final = await one.slider(GAIN).inputValue();
  expect([ours, theirs]).not.toContain(final);
  await expect(other.slider(GAIN)).toHaveValue(final);
  await Promise.all([one.expectSettled(), other.expectSettled()]);
  await expect(one.slider(GAIN)).toHaveValue(final);

  expect(await Promise.all(jumps.map((jumps) => jumps()))).toEqual([0, 0]);
  for (const [i, { traffic }] of [one, other].entries()) expect(traffic.commitsSince(sent[i]!)).toBe(1);
});

test("steps by key on one page leave the thumb alone that is held on the other", async ({ context, server }) => {
  const [one, other] = [await join(context, server.url), await join(context, server.url)];
  const jumps = await watchJumps(one.slider(GAIN));
  const drag = await Drag.from(one.page, await capOf(one.slider(GAIN)));
  await drag.to(20);
  await one.expectCurveFollows();
  const held = await one.slider(GAIN).inputValue();
  await expect(other.slider(GAIN)).toHaveValue(held);

  const sent = other.traffic.patches.length;
  await other.page.bringToFront();
  await other.slider(GAIN).focus();
  for (let step = 0; step < 5; step++) await other.page.keyboard.down("ArrowLeft");
  await other.page.keyboard.up("ArrowLeft");
  await expect.poll(() => other.traffic.commitsSince(sent)).toBe(1);
  await other.expectSettled();
  const stepped = await other.slider(GAIN).inputValue();
  expect(stepped).not.toBe(held);
  await expect(one.slider(GAIN)).toHaveValue(held);

  // Who lets go without having moved since lets the newer value be.
  await one.page.bringToFront();
  await drag.release();
  await expect(one.slider(GAIN)).toHaveValue(stepped);
  await Promise.all([one.expectSettled(), other.expectSettled()]);
  expect(await jumps()).toBe(0);
});

test("Escape gives a gesture up for everybody", async ({ context, server }) => {
  const [one, other] = [await join(context, server.url), await join(context, server.url)];
  const before = await one.slider(GAIN).inputValue();
  const sent = one.traffic.patches.length;
  await one.page.bringToFront();
  const drag = await Drag.from(one.page, await capOf(one.slider(GAIN)));
  await drag.to(30);
  await expect(other.slider(GAIN)).not.toHaveValue(before);
  await one.page.keyboard.press("Escape");
  await expect(one.slider(GAIN)).toHaveValue(before);
  await expect(other.slider(GAIN)).toHaveValue(before);
  await drag.release();
  await Promise.all([one.expectSettled(), other.expectSettled()]);
  const ends = one.traffic.patches.slice(sent).filter(({ phase }) => phase !== "preview");
  expect(ends.map(({ phase }) => phase)).toEqual(["cancel"]);
});

test("who joins later finds the values of the others, and who leaves has his own again", async ({
  context,
  demo,
  page,
  server,
}) => {
  const own = await demo.slider(GAIN).inputValue();
  const one = await join(context, server.url);
  await one.slider(GAIN).fill("-7.3");
  await one.expectSettled();
  await expect(demo.slider(GAIN)).toHaveValue(own);

  await page.bringToFront();
  await page.getByRole("switch", { name: "Shared" }).click();
  await expect(page).toHaveURL(`${server.url}?shared`);
  await expect(demo.slider(GAIN)).toHaveValue("-7.3");
  await demo.expectSettled();
  await page.reload();
  await expect(page.getByRole("switch", { name: "Shared" })).toBeChecked();
  await expect(demo.slider(GAIN)).toHaveValue("-7.3");
  await demo.expectSettled();

  await page.getByRole("switch", { name: "Shared" }).press("Space");
  await expect(demo.slider(GAIN)).toHaveValue(own);
  await demo.expectSettled();
  await one.slider(GAIN).fill("4.2");
  await one.expectSettled();
  await expect(demo.slider(GAIN)).toHaveValue(own);
});
