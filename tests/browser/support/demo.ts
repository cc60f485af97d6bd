import { expect, type Locator, type Page } from "@playwright/test";
import { difference, gainsOf } from "./curve.ts";
import { response, TOLERANCE_DB, type Band } from "./response.ts";
import { Traffic } from "./traffic.ts";

export const BANDS = [1, 2, 3, 4, 5] as const;
export type BandNumber = (typeof BANDS)[number];
/** A slider's test id. */
export type SliderId = "work" | `band-${BandNumber}-${keyof Band}`;

/** What has become of the person's input, as the page counts it. */
export interface Counters {
  readonly inputs: number;
  readonly frames: number;
  readonly coalesced: number;
  readonly results: number;
}

/** How often to look at what changes within a few frames. */
const POLL_MS = [30];

/** The demo in a page. */
export class Demo {
  readonly page: Page;
  readonly traffic: Traffic;
  /** The state of the connection, in words; its key is in `data-state`. */
  readonly badge: Locator;
  /** The curve that the server answered last. */
  readonly curve: Locator;
  readonly connectNow: Locator;

  constructor(page: Page) {
    this.page = page;
    this.traffic = new Traffic(page);
    this.badge = page.getByTestId("connection-badge");
    this.curve = page.getByTestId("plot-curve");
    this.connectNow = page.getByTestId("connect-now");
  }

  /** Opens the page and waits until the server has drawn its first curve. */
  async open(url: string): Promise<void> {
    await this.page.goto(url);
    await this.expectState("open");
    await this.expectSettled();
  }

  slider(id: SliderId): Locator {
    return this.page.getByTestId(id);
  }

  /** The point of a band in the plot. */
  handle(band: BandNumber): Locator {
    return this.page.getByTestId(`band-${band}-handle`);
  }

  preset(name: string): Locator {
    return this.page.getByRole("group", { name: "Presets" }).getByRole("button", { name });
  }

  async counters(): Promise<Counters> {
    const count = async (name: keyof Counters) => {
      const text = await this.page.getByTestId(`counter-${name}`).innerText();
      return Number(text.replaceAll("\u202f", ""));
    };
    return {
      inputs: await count("inputs"),
      frames: await count("frames"),
      coalesced: await count("coalesced"),
      results: await count("results"),
    };
  }

  /** The bands as the page tells them to the person. */
  async bands(): Promise<Band[]> {
    return (await this.#shown()).bands;
  }

  async expectState(state: "connecting" | "open" | "waiting" | "offline"): Promise<void> {
    await expect(this.badge).toHaveAttribute("data-state", state);
  }

  /** Expects the curve to become what the server computes for the values shown, pending or not. */
  async expectCurveFollows(): Promise<void> {
    await expect
      .poll(async () => this.#deviation(await this.#shown()), {
        message: "the curve is off by, in dB",
        intervals: POLL_MS,
      })
      .toBeLessThan(TOLERANCE_DB);
  }

  /** Expects the page to have nothing pending soon, and its curve to be right from then on. */
  async expectSettled(): Promise<void> {
    let shown = await this.#shown();
    await expect
      .poll(async () => (shown = await this.#shown()).pending, { message: "pending", intervals: POLL_MS })
      .toBe("false");
    expect(this.#deviation(shown), "the curve is off by, in dB").toBeLessThan(TOLERANCE_DB);
  }

  /** Records what an element shows, from what it shows now: its text, or an attribute. */
  async record(element: Locator, attribute?: string): Promise<() => Promise<string[]>> {
    const shown = await element.evaluateHandle((node, attribute) => {
      const shown: string[] = [];
      const note = () => {
        const value = (attribute ? node.getAttribute(attribute) : node.textContent) ?? "";
        if (value !== shown.at(-1)) shown.push(value);
      };
      new MutationObserver(note).observe(node, {
        attributes: true,
        characterData: true,
        childList: true,
        subtree: true,
      });
      note();
      return shown;
    }, attribute);
    return () => shown.jsonValue();
  }

  /** All of it at one moment. */
  async #shown(): Promise<Shown> {
    const { path, pending, texts } = await this.page.evaluate((bands) => {
      const curve = document.querySelector("[data-testid=plot-curve]");
      const text = (id: string) => document.querySelector(`output[for=${id}]`)?.textContent ?? "";
      return {
        path: curve?.getAttribute("d") ?? "",
        pending: curve?.getAttribute("data-pending"),
        texts: bands.map((band) => ({
          frequency: text(`band-${band}-frequency`),
          gain: text(`band-${band}-gain`),
          q: text(`band-${band}-q`),
        })),
      };
    }, BANDS);
    const bands = texts.map(({ frequency, gain, q }) => ({
      frequency: quantity(frequency),
      gain: quantity(gain),
      q: quantity(q),
    }));
    return { path, pending, bands };
  }

  #deviation({ path, bands }: Shown): number {
    return path === "" ? Infinity : difference(gainsOf(path), response(bands));
  }
}

interface Shown {
  readonly path: string;
  readonly pending: string | null | undefined;
  readonly bands: Band[];
}

/** The number in "1.25 kHz", "−3.5 dB" or "0.707". */
function quantity(text: string): number {
  const [, sign, digits, kilo] = /^([+\u2212]?)([\d.]+)(?: (k?)(?:Hz|dB))?$/.exec(text) ?? [];
  if (!digits) throw new Error(`not a quantity: "${text}"`);
  return Number(digits) * (kilo ? 1000 : 1) * (sign === "\u2212" ? -1 : 1);
}
