import { setOffline } from "../shared/network.ts";
import { expect, test } from "./support/test.ts";

test("a connection that works is kept when the browser believes that it is offline", async ({
  demo,
  page,
}) => {
  await setOffline(page, true);
  await demo.slider("band-3-gain").fill("-12");
  await demo.expectSettled();
  await setOffline(page, false);
  await demo.slider("band-3-gain").fill("12");
  await demo.expectSettled();
  await demo.expectState("open");
  expect(demo.traffic.sockets).toHaveLength(1);
});

test("what is changed offline is shown when the network is back", async ({ demo, page, server }) => {
  await setOffline(page, true);
  await server.kill();
  await demo.expectState("offline");
  await expect(demo.badge).toHaveText("Offline");
  const confirmed = await demo.curve.getAttribute("d");
  await demo.slider("band-3-gain").focus();
  await page.keyboard.press("Home");
  await expect(demo.slider("band-3-gain")).toHaveValue("-18");
  await expect(demo.curve).toHaveAttribute("data-pending", "true");
  expect(await demo.curve.getAttribute("d")).toBe(confirmed);
  await server.restart();
  // It does not even try.
  expect(demo.traffic.sockets).toHaveLength(1);

  await setOffline(page, false);
  await demo.expectState("open");
  await demo.expectSettled();
  await expect(demo.slider("band-3-gain")).toHaveValue("-18");
  expect(await demo.curve.getAttribute("d")).not.toBe(confirmed);
});

test("Connect now tries even offline", async ({ demo, page, server }) => {
  await setOffline(page, true);
  await server.kill();
  await demo.expectState("offline");
  await server.restart();
  await demo.connectNow.click();
  await demo.expectState("open");
  await demo.expectSettled();
});
