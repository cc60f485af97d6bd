import { join } from "node:path";
import { fromXtask } from "./support/environment.ts";
import { expect, test } from "./support/server.ts";

test("the demo as it opens", async ({ page }, testInfo) => {
  await page.goto("/");
  await expect(page.getByTestId("connection-badge")).toHaveAttribute("data-state", "open");
  await expect(page.locator(".plot:not(.empty):not(.pending)")).toBeVisible();
  await expect(page.getByRole("group", { name: "Presets" }).getByRole("button").first()).toBeVisible();
  const path = join(fromXtask("FADER_SCREENSHOTS"), `${testInfo.project.name}.png`);
  await page.screenshot({ path, fullPage: true, animations: "disabled" });
});
