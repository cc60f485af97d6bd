import { expect, test } from "../support/workload.ts";

test("a handshake that hangs is given up, and does not block the next", async ({ workload, network }) => {
  const { connections } = await network.stats();
  await network.hang(true);
  await network.cut();
  await expect.poll(async () => (await network.stats()).connections).toBeGreaterThan(connections);
  await workload.expectState("connecting");
  await network.hang(false);
  // After the 10 s that dialing may take.
  await expect.poll(async () => (await network.stats()).connections, { timeout: 15_000 }).toBeGreaterThan(connections + 1);
  await workload.goesOn();
  const { sessions, connects } = await workload.expectAllIsRight();
  expect({ sessions, connects }).toEqual({ sessions: 1, connects: 2 });
});
