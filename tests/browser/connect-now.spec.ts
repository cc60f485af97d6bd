import { expect, test } from "./support/test.ts";

test("Connect now skips the countdown", async ({ demo, server }) => {
  const badge = await demo.record(demo.badge);
  await server.kill();
  // Attempts fail, and the waits grow, until there is one that is long enough to be skipped.
  await expect(demo.badge).toHaveText(/^Reconnecting in ([2-9]|\d\d)\.\d s$/, { timeout: 20_000 });
  await server.restart();
  await demo.connectNow.click();
  await demo.expectState("open");
  await demo.expectSettled();
  await expect(demo.connectNow).toBeHidden();
  const waits = (await badge()).filter((text) => text.startsWith("Reconnecting in"));
  expect(parseFloat(waits.at(-1)!.slice("Reconnecting in ".length))).toBeGreaterThan(0.2);
});
