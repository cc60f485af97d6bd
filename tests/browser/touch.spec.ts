import type { CDPSession, Page } from "@playwright/test";
import { capOf, middleOf, type Point } from "./support/pointer.ts";
import { expect, test } from "./support/test.ts";

test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

/** Fingers on the screen. */
class Touch {
  readonly #session: CDPSession;

  private constructor(session: CDPSession) {
    this.#session = session;
  }

  static async on(page: Page): Promise<Touch> {
    return new Touch(await page.context().newCDPSession(page));
  }

  async down(...fingers: Point[]): Promise<void> {
    await this.#send("touchStart", fingers);
  }

  async move(...fingers: Point[]): Promise<void> {
    await this.#send("touchMove", fingers);
  }

  async up(...remaining: Point[]): Promise<void> {
    await this.#send("touchEnd", remaining);
  }

  async #send(type: "touchStart" | "touchMove" | "touchEnd", fingers: Point[]): Promise<void> {
    const touchPoints = fingers.map(({ x, y }, id) => ({ x, y, id }));
    await this.#session.send("Input.dispatchTouchEvent", { type, touchPoints });
  }
}

test("a finger drags a slider, and the curve follows", async ({ demo, page }) => {
  const slider = demo.slider("band-2-gain");
  const before = await slider.inputValue();
  const touch = await Touch.on(page);
  const { x, y } = await capOf(slider);
  await touch.down({ x, y });
  for (const by of [20, 40, 60]) {
    await touch.move({ x: x + by, y });
    await demo.expectCurveFollows();
  }
  const held = await slider.inputValue();
  expect(Number(held)).toBeGreaterThan(Number(before));
  await touch.up();
  await expect(slider).toHaveValue(held);
  await demo.expectSettled();
  expect(demo.traffic.patches.at(-1)?.phase).toBe("commit");
});

test("a finger drags a point, and the page does not scroll under it", async ({ demo, page }) => {
  const touch = await Touch.on(page);
  const { x, y } = await middleOf(demo.handle(3));
  const scroll = await page.evaluate(() => scrollY);
  await touch.down({ x, y });
  for (const by of [20, 40, 60]) {
    await touch.move({ x: x + by, y: y + by });
    await demo.expectCurveFollows();
  }
  await touch.up();
  await demo.expectSettled();
  const now = await middleOf(demo.handle(3));
  expect(Math.hypot(now.x - x - 60, now.y - y - 60)).toBeLessThan(3);
  expect(await page.evaluate(() => scrollY)).toBe(scroll);
});

test("a finger that scrolls the page from a slider changes nothing", async ({ demo, page }) => {
  const slider = demo.slider("band-2-gain");
  const before = await demo.bands();
  const touch = await Touch.on(page);
  const { x, y } = await middleOf(slider);
  await touch.down({ x, y });
  for (let by = 10; by <= 200; by += 10) await touch.move({ x, y: y - by });
  await expect.poll(() => page.evaluate(() => scrollY)).toBeGreaterThan(50);
  await touch.up();
  await demo.expectSettled();
  expect(await demo.bands()).toEqual(before);
});

test("two fingers drag two points at once", async ({ demo, page }) => {
  const touch = await Touch.on(page);
  const first = await middleOf(demo.handle(2));
  const second = await middleOf(demo.handle(4));
  const moved = (point: Point, by: number) => ({ x: point.x, y: point.y + by });
  await touch.down(first, second);
  for (const by of [10, 20, 30]) {
    await touch.move(moved(first, by), moved(second, -by));
    await demo.expectCurveFollows();
  }
  await touch.up();
  await demo.expectSettled();
  expect((await middleOf(demo.handle(2))).y).toBeCloseTo(first.y + 30, -1);
  expect((await middleOf(demo.handle(4))).y).toBeCloseTo(second.y - 30, -1);
});
