import type { Page } from "@playwright/test";
import axe from "axe-core";
import { BANDS } from "./support/demo.ts";
import { expect, test } from "./support/test.ts";

/** What axe finds wrong with the page, and where. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { axe } = window as unknown as { axe: typeof import("axe-core") };
    const { violations } = await axe.run({ rules: { "target-size": { enabled: true } } });
    return violations.flatMap(({ id, help, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id} (${help}): ${target}\n${failureSummary}`),
    );
  });
}

const SCREENS = {
  desktop: { width: 1280, height: 800 },
  phone: { width: 390, height: 844 },
};

for (const [screen, viewport] of Object.entries(SCREENS)) {
  for (const colorScheme of ["light", "dark"] as const) {
    test.describe(`${screen}, ${colorScheme}`, () => {
      test.use({ viewport, colorScheme, contextOptions: { reducedMotion: "reduce" } });

      test("axe finds nothing, connected and not", async ({ demo, page, server }) => {
        expect(await violations(page)).toEqual([]);
        await demo.handle(2).focus();
        await server.kill();
        await expect(demo.connectNow).toBeVisible();
        expect(await violations(page)).toEqual([]);
      });
    });
  }
}

test("every control has a name, and says its value with the unit", async ({ demo }) => {
  await expect(demo.page.locator("body")).toMatchAriaSnapshot(`
    - banner:
      - heading "Fader" [level=1]
      - switch "Shared"
      - paragraph: Connected
    - main:
      - region "Response":
        - group "Presets":
          - button "Loudness" [pressed]
          - button "Voice"
          - button "Telephone"
          - button "Flat"
        - slider "Low band, frequency and gain"
        - slider "Low mid band, frequency and gain"
        - slider "Mid band, frequency and gain"
        - slider "High mid band, frequency and gain"
        - slider "High band, frequency and gain"
        - paragraph: /Highest .* dB at .* Hz, lowest .* dB at/
        - table "The response that the server computed"
      - heading "Latency" [level=2]
      - slider "Server work"
      - region "Bands":
        - region "Low band":
          - heading "Low" [level=2]
          - slider "Low, Frequency"
          - slider "Low, Gain"
          - slider "Low, Q"
        - region "Low mid band":
          - slider "Low mid, Frequency"
          - slider "Low mid, Gain"
          - slider "Low mid, Q"
        - region "Mid band":
          - slider "Mid, Frequency"
          - slider "Mid, Gain"
          - slider "Mid, Q"
        - region "High mid band":
          - slider "High mid, Frequency"
          - slider "High mid, Gain"
          - slider "High mid, Q"
        - region "High band":
          - slider "High, Frequency"
          - slider "High, Gain"
          - slider "High, Q"
      - heading "Traffic" [level=2]
  `);
  const values = await demo.page
    .getByRole("slider")
    .evaluateAll((sliders) => sliders.map((slider) => slider.getAttribute("aria-valuetext")));
  expect(values.slice(0, 7)).toEqual([
    "70.0 Hz, +9.0 dB, Q 0.600",
    "280 Hz, \u22125.5 dB, Q 1.10",
    "900 Hz, +3.0 dB, Q 0.900",
    "3.20 kHz, \u22124.5 dB, Q 1.40",
    "11.0 kHz, +8.0 dB, Q 0.600",
    "0 ms",
    "70.0 Hz",
  ]);
});

test("the Tab key goes through the controls in the order in which they are seen", async ({ demo, page }) => {
  // The presets come from the server.
  await expect(page.getByTestId("preset-flat")).toBeVisible();
  const order: string[] = [];
  for (;;) {
    await page.keyboard.press("Tab");
    const id = await page.evaluate(() => (document.activeElement as HTMLElement).dataset["testid"]);
    if (id === undefined || order.includes(id)) break;
    order.push(id);
  }
  expect(order).toEqual([
    "shared",
    ...["loudness", "voice", "telephone", "flat"].map((name) => `preset-${name}`),
    ...BANDS.map((band) => `band-${band}-handle`),
    "work",
    ...BANDS.flatMap((band) => ["frequency", "gain", "q"].map((value) => `band-${band}-${value}`)),
  ]);
  await demo.expectSettled();
});

test("the focus is seen", async ({ demo, page, context }) => {
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  // Where the demo's security policy does not keep pictures from being looked at.
  const viewer = await context.newPage();
  await page.bringToFront();
  const controls = [demo.preset("Voice"), demo.handle(3), demo.slider("work"), demo.slider("band-3-q")];
  for (const control of controls) {
    await control.scrollIntoViewIfNeeded();
    const { x, y, width, height } = (await control.boundingBox())!;
    const clip = { x: x - 8, y: y - 8, width: width + 16, height: height + 16 };
    // The colour of the focus, in light.
    const ring = async () => countPixels(viewer, await page.screenshot({ clip }), [0x1a, 0x5f, 0xd0]);
    expect(await ring(), `${control}`).toBe(0);
    await control.focus();
    await expect.poll(ring, `${control}`).toBeGreaterThan(50);
    await control.blur();
  }
});

/** How many pixels of a picture are of exactly this colour. */
async function countPixels(viewer: Page, png: Buffer, colour: [number, number, number]): Promise<number> {
  return viewer.evaluate(
    async ({ url, colour }) => {
      const picture = await createImageBitmap(await (await fetch(url)).blob());
      const canvas = new OffscreenCanvas(picture.width, picture.height).getContext("2d")!;
      canvas.drawImage(picture, 0, 0);
      const { data } = canvas.getImageData(0, 0, picture.width, picture.height);
      let count = 0;
      for (let i = 0; i < data.length; i += 4) {
        if (colour.every((part, j) => data[i + j] === part)) count++;
      }
      return count;
    },
    { url: `data:image/png;base64,${png.toString("base64")}`, colour },
  );
}
