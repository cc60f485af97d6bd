import type { CDPSession, Locator, Page } from "@playwright/test";

/** A place in the page's viewport, in CSS pixels. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** The mouse, with its button held where it was put down. */
export class Drag {
  readonly #page: Page;
  readonly #start: Point;

  private constructor(page: Page, start: Point) {
    this.#page = page;
    this.#start = start;
  }

  static async from(page: Page, start: Point): Promise<Drag> {
    await page.mouse.move(start.x, start.y);
    await page.mouse.down();
    return new Drag(page, start);
  }

  /** Moves to so many pixels from where the drag began. */
  async to(x: number, y = 0): Promise<void> {
    await this.#page.mouse.move(this.#start.x + x, this.#start.y + y);
  }

  /**
   * Moves through many places, as fast as the page takes them: the browser gives it one per frame,
   * and Playwright's own moves, with what it records of each, take longer.
   */
  async sweep(xs: readonly number[]): Promise<void> {
    const session = await this.#page.context().newCDPSession(this.#page);
    for (const x of xs) await this.move(session, x);
    await session.detach();
  }

  /** One of the moves of a sweep. */
  async move(session: CDPSession, x: number): Promise<void> {
    await session.send("Input.dispatchMouseEvent", {
      type: "mouseMoved",
      x: this.#start.x + x,
      y: this.#start.y,
      button: "left",
      buttons: 1,
    });
  }

  async release(): Promise<void> {
    await this.#page.mouse.up();
  }
}

/** The middle of an element, scrolled into view. */
export async function middleOf(element: Locator): Promise<Point> {
  await element.scrollIntoViewIfNeeded();
  const box = await element.boundingBox();
  if (!box) throw new Error(`${element} is not visible`);
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

/** The middle of a slider's cap, scrolled into view. */
export async function capOf(slider: Locator): Promise<Point> {
  const { x, y } = await middleOf(slider);
  const { fraction, room } = await slider.evaluate((input: HTMLInputElement) => ({
    fraction: (input.valueAsNumber - Number(input.min)) / (Number(input.max) - Number(input.min)),
    room: input.clientWidth - parseFloat(getComputedStyle(input).getPropertyValue("--cap-width")),
  }));
  return { x: x + (fraction - 0.5) * room, y };
}
