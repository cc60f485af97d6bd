import type { Page } from "@playwright/test";

/**
 * Makes the browser believe that there is a network or none, with the events of it. What is
 * connected goes on, and so do new connections.
 */
export async function setOffline(page: Page, offline: boolean): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const speed = { latency: 0, downloadThroughput: -1, uploadThroughput: -1 };
  await session.send("Network.overrideNetworkState", { offline, ...speed });
}
