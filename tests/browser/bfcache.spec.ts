import { whileElsewhere } from "../shared/page-lifecycle.ts";
import { browser } from "./support/browser.ts";
import { capOf, Drag } from "./support/pointer.ts";
import { expect, test } from "./support/test.ts";

// Playwright turns it off unless asked not to.
test.use({
  launchOptions: { ...browser.launchOptions, ignoreDefaultArgs: ["--disable-back-forward-cache"] },
});

test("a page that comes back from the back/forward cache recovers", async ({ demo, page, server }) => {
  await demo.slider("band-3-gain").fill("-12");
  await demo.expectSettled();
  expect(await whileElsewhere(page, `${server.url}?elsewhere`, async () => {})).toBe(true);

  await demo.expectState("open");
  await expect(demo.slider("band-3-gain")).toHaveValue("-12");
  await demo.expectSettled();
  const drag = await Drag.from(page, await capOf(demo.slider("band-3-gain")));
  await drag.to(30);
  await demo.expectCurveFollows();
  await drag.release();
  await demo.expectSettled();
});
