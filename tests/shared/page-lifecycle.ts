import type { Page } from "playwright";

/** What is done while the page is away; the other tab may be used for it. */
type Act = (cover: Page) => Promise<void>;

/** Covers the page with another tab, does something, and uncovers it. */
export async function whileHidden(page: Page, act: Act): Promise<void> {
  const cover = await page.context().newPage();
  await until(page, () => document.visibilityState === "hidden");
  await act(cover);
  await cover.close();
  await until(page, () => document.visibilityState === "visible");
}

/** Covers the page with another tab and freezes it, does something, and brings the page back. */
export async function whileFrozen(page: Page, act: Act): Promise<void> {
  await page.evaluate(() => {
    for (const type of ["freeze", "resume"]) {
      document.addEventListener(type, () => (document.documentElement.dataset["last"] = type));
    }
  });
  const session = await page.context().newCDPSession(page);
  await whileHidden(page, async (cover) => {
    await session.send("Page.setWebLifecycleState", { state: "frozen" });
    await until(page, () => document.documentElement.dataset["last"] === "freeze");
    await act(cover);
    await session.send("Page.setWebLifecycleState", { state: "active" });
  });
  await until(page, () => document.documentElement.dataset["last"] === "resume");
}

/** Leaves the page for another, does something, and goes back to it; whether it was kept meanwhile. */
export async function whileElsewhere(page: Page, elsewhere: string, act: () => Promise<void>): Promise<boolean> {
  await page.evaluate(() => {
    const { dataset } = document.documentElement;
    dataset["is"] = "left";
    addEventListener("pageshow", () => (dataset["is"] = "back"));
  });
  await page.goto(elsewhere);
  await act();
  const session = await page.context().newCDPSession(page);
  const { entries, currentIndex } = await session.send("Page.getNavigationHistory");
  const { url, id } = entries[currentIndex - 1]!;
  // A page that was kept is not loaded.
  const back = page.waitForURL(url, { waitUntil: "commit" });
  await session.send("Page.navigateToHistoryEntry", { entryId: id });
  await back;
  await until(page, () => document.documentElement.dataset["is"] !== "left");
  return page.evaluate(() => document.documentElement.dataset["is"] === "back");
}

/** Waits for something of a page that has no timers. */
async function until(page: Page, holds: () => boolean): Promise<void> {
  while (!(await page.evaluate(holds)));
}
