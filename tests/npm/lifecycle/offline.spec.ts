import { blockNewSockets, setOffline } from "../../shared/network.ts";
import { expect, test } from "../support/workload.ts";

test("a connection that works is kept when the browser believes that it is offline", async ({ workload, page }) => {
  await setOffline(page, true);
  await workload.goesOn();
  await setOffline(page, false);
  await workload.goesOn();
  const { connects, outcomes } = await workload.expectAllIsRight();
  expect(connects).toBe(1);
  expect(Object.keys(outcomes)).toEqual(["answered"]);
});

test("a network that goes away and comes back", async ({ workload, page, network }) => {
  await setOffline(page, true);
  await network.cut();
  await workload.expectState("offline");
  const { connections } = await network.stats();
  // It does not even try.
  await workload.works();
  expect((await network.stats()).connections).toBe(connections);
  await setOffline(page, false);
  await workload.goesOn();
  const { sessions, connects } = await workload.expectAllIsRight();
  expect({ sessions, connects }).toEqual({ sessions: 1, connects: 2 });
});

test("a network that goes away without a word: new connections fail until it is back", async ({ workload, page, network }) => {
  const unblock = await blockNewSockets(page);
  await network.cut();
  await workload.expectState("waiting");
  await workload.works();
  await unblock();
  await workload.connectNow();
  await workload.goesOn();
  const { sessions, connects } = await workload.expectAllIsRight();
  expect({ sessions, connects }).toEqual({ sessions: 1, connects: 2 });
});
