import type { Page } from "playwright";

/**
 * Makes the browser believe that there is a network or none, with the events of it. What is
 * connected goes on, and so do new connections.
 */
export async function setOffline(page: Page, offline: boolean): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const speed = { latency: 0, downloadThroughput: -1, uploadThroughput: -1 };
  await session.send("Network.overrideNetworkState", { offline, ...speed });
}

/** Lets every new connection of the page fail, until what it answers is called. Those that are open go on. */
export async function blockNewSockets(page: Page): Promise<() => Promise<void>> {
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  const speed = { latency: 0, downloadThroughput: -1, uploadThroughput: -1 };
  await session.send("Network.emulateNetworkConditionsByRule", {
    matchedNetworkConditions: [{ urlPattern: "", offline: true, ...speed }],
  });
  return () => session.detach();
}
