import { setOffline } from "../shared/network.ts";
import { expect, test } from "./support/proxy.ts";

test("a connection that is only open in name is found at once when there is reason for doubt", async ({
  demo,
  page,
  network,
}) => {
  await network.hold("up");
  await network.hold("down");
  await demo.slider("band-3-gain").fill("-12");
  await expect(demo.curve).toHaveAttribute("data-pending", "true");
  // Nothing tells that it is dead.
  await demo.expectState("open");

  await setOffline(page, true);
  await setOffline(page, false);
  await expect.poll(() => demo.traffic.sockets.length, { timeout: 5_000 }).toBe(2);
  await network.release();
  await demo.expectState("open");
  await demo.expectSettled();
  await expect(demo.slider("band-3-gain")).toHaveValue("-12");
});

test("a live group that gets no answer finds a dead connection by itself", async ({ demo, network }) => {
  await network.hold("down");
  await demo.slider("band-3-gain").fill("-12");
  await expect(demo.curve).toHaveAttribute("data-pending", "true");
  await expect.poll(() => demo.traffic.sockets.length, { timeout: 10_000 }).toBe(2);
  // What the old one still says changes nothing.
  await network.release();
  await demo.expectState("open");
  await demo.expectSettled();
  await expect(demo.slider("band-3-gain")).toHaveValue("-12");
});

test("a handshake that hangs is given up, and does not block the next", async ({ demo, network }) => {
  test.slow();
  await network.hang(true);
  await network.cut();
  const { connections } = await network.stats();
  await demo.slider("band-3-gain").fill("-12");
  await expect.poll(async () => (await network.stats()).connections).toBeGreaterThan(connections);
  await demo.expectState("connecting");
  await network.hang(false);

  // The one that hangs, for the 10 s that a dial may take; then one that works.
  await expect.poll(() => demo.traffic.sockets[1]?.isClosed(), { timeout: 15_000 }).toBe(true);
  await demo.expectState("open");
  await demo.expectSettled();
  await expect(demo.slider("band-3-gain")).toHaveValue("-12");
});
