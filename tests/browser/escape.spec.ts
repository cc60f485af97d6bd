import type { Locator } from "@playwright/test";
import type { Demo } from "./support/demo.ts";
import { capOf, Drag, middleOf, type Point } from "./support/pointer.ts";
import { expect, test } from "./support/test.ts";

interface Control {
  readonly name: string;
  readonly of: (demo: Demo) => Locator;
  readonly grip: (element: Locator) => Promise<Point>;
}

const CONTROLS: Control[] = [
  { name: "slider", of: (demo) => demo.slider("band-3-gain"), grip: capOf },
  { name: "point", of: (demo) => demo.handle(3), grip: middleOf },
];

for (const { name, of, grip } of CONTROLS) {
  test(`Escape while a ${name} is dragged restores the values from before`, async ({ demo, page }) => {
    const before = await demo.bands();
    const sent = demo.traffic.patches.length;
    const drag = await Drag.from(page, await grip(of(demo)));
    await drag.to(25);
    await demo.expectCurveFollows();
    expect(await demo.bands()).not.toEqual(before);

    await page.keyboard.press("Escape");
    await demo.expectSettled();
    expect(await demo.bands()).toEqual(before);
    // What the hand still does is nothing, also when it lets go.
    await drag.to(40);
    await drag.to(45);
    await drag.release();
    await demo.expectSettled();
    expect(await demo.bands()).toEqual(before);
    const phases = demo.traffic.patches.slice(sent).map(({ phase }) => phase);
    expect(phases.filter((phase) => phase !== "preview")).toEqual(["cancel"]);

    // The next drag is like any other.
    const next = await Drag.from(page, await grip(of(demo)));
    await next.to(30);
    await next.release();
    await demo.expectSettled();
    expect(await demo.bands()).not.toEqual(before);
  });
}
