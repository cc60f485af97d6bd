import { expect, test } from "./support/server.ts";

test("the demo loads, connects and draws a curve", async ({ page, server }) => {
  const problems: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) problems.push(message.text());
  });
  page.on("pageerror", (error) => problems.push(String(error)));

  await page.goto("/");
  expect(page.url()).toBe(server.url);
  await expect(page.getByRole("slider").first()).toBeVisible();
  expect(problems).toEqual([]);
});
