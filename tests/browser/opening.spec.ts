import { expect, test } from "./support/test.ts";

test("the page opens, connects, and draws the server's curve", async ({ demo, page, server }) => {
  expect(page.url()).toBe(server.url);
  await expect(page).toHaveTitle(/^Fader/);
  await expect(page.locator("#loading")).toHaveCount(0);
  await expect(demo.badge).toHaveText("Connected");
  expect(demo.traffic.sockets).toHaveLength(1);
  // The sliders and the points, with nothing held and nothing changed.
  await expect(page.getByRole("slider")).toHaveCount(5 + 5 * 3 + 1);
  expect((await demo.counters()).inputs).toBe(0);
});
