import type { Proxy } from "../../shared/proxy.ts";
import { expect, test, type Workload } from "../support/workload.ts";

test("a connection that is cut again and again is one session, and everything is answered", async ({ workload, network }) => {
  for (let cuts = 0; cuts < 5; cuts++) {
    await network.cut();
    await workload.connectNow();
    await workload.goesOn();
  }
  const { sessions, connects } = await workload.expectAllIsRight();
  expect({ sessions, connects }).toEqual({ sessions: 1, connects: 6 });
});

// In the handshake, in the hello or the welcome, between messages and within them, and what was kept
// is sent again over connections that are cut again.
const LONGEST = 3_000;
for (const direction of ["up", "down"] as const) {
  for (const seed of [1, 2, 3, 4]) {
    const random = randomFrom(seed);
    const places = Array.from({ length: 3 }, () => Math.ceil(LONGEST * random()));
    test(`connections that are cut ${direction} after ${places.join(", ")} bytes are one session (seed ${seed})`, async ({
      workload,
      network,
    }) => {
      for (const bytes of places) await cutAfter(bytes, direction, network, workload);
      await network.cutAfter(direction, "never");
      await workload.connectNow();
      await workload.goesOn();
      const { sessions } = await workload.expectAllIsRight();
      expect(sessions).toBe(1);
    });
  }
}

test("messages in the smallest pieces, on a slow network that is cut", async ({ workload, network }) => {
  await network.chop(3);
  await network.delay("up", 30);
  await network.delay("down", 30);
  await network.cut();
  await workload.goesOn();
  await network.cut();
  await workload.goesOn();
  const { sessions, connects } = await workload.expectAllIsRight();
  expect({ sessions, connects }).toEqual({ sessions: 1, connects: 3 });
});

/** Cuts the connection, and the next one after exactly so many bytes. */
async function cutAfter(bytes: number, direction: "up" | "down", network: Proxy, workload: Workload): Promise<void> {
  const before = await network.stats();
  await network.cutAfter(direction, bytes);
  await network.cut();
  await expect
    .poll(async () => {
      await workload.connectNow();
      return (await network.stats()).connections;
    })
    .toBeGreaterThan(before.connections + 1);
}

/** Numbers from 0 to 1, by mulberry32. */
function randomFrom(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
