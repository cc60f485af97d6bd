import { join } from "node:path";
import { fromXtask } from "./support/environment.ts";
import { expect, test } from "./support/test.ts";

test("the demo as it opens", async ({ demo, page }, testInfo) => {
  await expect(demo.preset("Flat")).toBeVisible();
  const path = join(fromXtask("FADER_SCREENSHOTS"), `${testInfo.project.name}.png`);
  await page.screenshot({ path, fullPage: true, animations: "disabled" });
});
