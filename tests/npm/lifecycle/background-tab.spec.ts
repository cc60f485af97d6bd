import { whileHidden } from "../../shared/page-lifecycle.ts";
import { expect, inPlainBrowser } from "../support/workload.ts";
import { Server } from "../support/server.ts";

// The browser's own throttling: Chromium lets the timers of a hidden page run once a minute, and
// begins with that after 1 s here in place of minutes. (Playwright's own browsers are told not to.)
const test = inPlainBrowser("--enable-features=IntensiveWakeUpThrottling:grace_period_seconds/1").extend({
  // Quiet enough for heartbeats, which both ends send after 25 s of silence.
  server: async ({}, use) => {
    const server = await Server.start(undefined, "--count-ms", "28000");
    await use(server);
    await server.kill();
  },
});

test("a hidden page whose timers run once a minute is connected all the time", async ({ workload, page, network }) => {
  test.setTimeout(180_000);
  const { connections } = await network.stats();
  await whileHidden(page, async () => {
    // Longer than the 25 s from one ping to the next, and the 10 s that its answer may take.
    await expect.poll(() => page.evaluate(() => work.longestPause()), { timeout: 150_000 }).toBeGreaterThan(40_000);
  });
  await workload.goesOn();
  const { connects, outcomes, gaps } = await workload.expectAllIsRight();
  expect({ connects, gaps }).toEqual({ connects: 1, gaps: [] });
  expect(Object.keys(outcomes)).toEqual(["answered"]);
  expect((await network.stats()).connections).toBe(connections);
});
