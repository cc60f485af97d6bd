import type { Page } from "@playwright/test";
import { expect, test } from "./support/plain-browser.ts";
import { capOf, Drag } from "./support/pointer.ts";

/** Covers the page with another tab, freezes it, does something, and brings the page back. */
async function whileFrozen(page: Page, act: () => Promise<void>): Promise<void> {
  await page.evaluate(() => {
    for (const type of ["freeze", "resume"]) {
      document.addEventListener(type, () => (document.documentElement.dataset["last"] = type));
    }
  });
  const cover = await page.context().newPage();
  const session = await page.context().newCDPSession(page);
  await session.send("Page.setWebLifecycleState", { state: "frozen" });
  await expect(page.locator("html")).toHaveAttribute("data-last", "freeze");
  await act();
  await session.send("Page.setWebLifecycleState", { state: "active" });
  await cover.close();
  await expect(page.locator("html")).toHaveAttribute("data-last", "resume");
  await expect.poll(() => page.evaluate(() => document.visibilityState)).toBe("visible");
}

test("a page that was frozen recovers when it is resumed", async ({ demo, page }) => {
  await demo.slider("band-3-gain").fill("-12");
  await whileFrozen(page, async () => {});
  // It let go of its connection by itself, so that the server would know.
  await expect.poll(() => demo.traffic.sockets.map((socket) => socket.isClosed())).toEqual([true, false]);
  await demo.expectState("open");
  await demo.expectSettled();
  await expect(demo.slider("band-3-gain")).toHaveValue("-12");

  const drag = await Drag.from(page, await capOf(demo.slider("band-3-gain")));
  await drag.to(30);
  await demo.expectCurveFollows();
  await drag.release();
  await demo.expectSettled();
});

test("a page that slept through a restart of the server recovers", async ({ demo, page, server }) => {
  await whileFrozen(page, async () => {
    await server.kill();
    await server.restart();
  });
  await demo.expectState("open");
  await demo.slider("band-3-gain").fill("-12");
  await demo.expectSettled();
});

test("a slider that is held while the page freezes goes on where it was", async ({ demo, page }) => {
  const slider = demo.slider("band-3-gain");
  const drag = await Drag.from(page, await capOf(slider));
  await drag.to(30);
  const held = await slider.inputValue();
  await whileFrozen(page, async () => {});
  await demo.expectState("open");
  await demo.expectCurveFollows();
  await expect(slider).toHaveValue(held);
  await drag.to(-30);
  await expect(slider).not.toHaveValue(held);
  await demo.expectCurveFollows();
  await drag.release();
  await demo.expectSettled();
});
