import { setOffline } from "../../shared/network.ts";
import { expect, test } from "../support/workload.ts";

for (const directions of [["up", "down"], ["up"], ["down"]] as const) {
  test(`a connection that is dead ${directions.join(" and ")}, in name open, is found when there is reason for doubt`, async ({
    workload,
    page,
    network,
  }) => {
    // Whoever waited for an answer would find out, see below.
    await workload.rest();
    for (const direction of directions) await network.hold(direction);
    await workload.expectState("open");
    const { connections } = await network.stats();
    await setOffline(page, true);
    await setOffline(page, false);
    await expect.poll(async () => (await network.stats()).connections).toBeGreaterThan(connections);
    // What the old one still says and hears changes nothing.
    await network.release();
    await workload.goOn();
    const { sessions } = await workload.expectAllIsRight();
    expect(sessions).toBe(1);
  });
}

test("a connection that is dead, in name open, is found without any reason by who waits for an answer", async ({ workload, network }) => {
  await network.hold("up");
  await network.hold("down");
  const { connections } = await network.stats();
  await expect.poll(async () => (await network.stats()).connections, { timeout: 20_000 }).toBeGreaterThan(connections);
  await network.release();
  await workload.goesOn();
  const { sessions } = await workload.expectAllIsRight();
  expect(sessions).toBe(1);
});
