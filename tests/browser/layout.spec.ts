import { expect, test } from "./support/test.ts";

test("at no width does the page scroll sideways", async ({ demo, page }) => {
  for (const width of [320, 390, 600, 768, 1024, 1280, 1920]) {
    await page.setViewportSize({ width, height: 800 });
    const needed = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(needed, `at ${width} pixels`).toBe(width);
    await expect(demo.handle(1)).toBeInViewport();
  }
});

test("the page is light or dark as the person prefers", async ({ demo, page }) => {
  const brightness = () =>
    page.evaluate(() => {
      const rgb = (getComputedStyle(document.documentElement).backgroundColor.match(/\d+/g) ?? []).map(Number);
      return rgb.reduce((sum, part) => sum + part, 0) / rgb.length;
    });
  await page.emulateMedia({ colorScheme: "light" });
  expect(await brightness()).toBeGreaterThan(200);
  await page.emulateMedia({ colorScheme: "dark" });
  expect(await brightness()).toBeLessThan(50);
  await demo.expectSettled();
});
