import { expect, test } from "../support/workload.ts";

test("a page that is reloaded begins anew, and nothing of the old one reaches it or runs twice", async ({ workload, page, server }) => {
  const old = await page.evaluate(() => work.records().requests.map(({ id }) => id));
  await page.reload();
  await workload.goesOn();
  const { sessions, connects, outcomes } = await workload.expectAllIsRight();
  expect({ sessions, connects }).toEqual({ sessions: 1, connects: 1 });
  expect(Object.keys(outcomes)).toEqual(["answered"]);
  for (const id of old) expect(server.ran.filter((ran) => ran === id).length).toBeLessThanOrEqual(1);
});

test("a page that is reloaded over a network that is cut", async ({ workload, page, network }) => {
  await network.cut();
  await page.reload();
  await workload.goesOn();
  await network.cut();
  await workload.goesOn();
  const { sessions, connects } = await workload.expectAllIsRight();
  expect({ sessions, connects }).toEqual({ sessions: 1, connects: 2 });
});
