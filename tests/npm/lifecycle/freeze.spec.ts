import { whileFrozen } from "../../shared/page-lifecycle.ts";
import { count } from "../support/page.ts";
import { expect, inPlainBrowser } from "../support/workload.ts";

const test = inPlainBrowser();

test("a page that was frozen for a moment has missed nothing", async ({ workload, page }) => {
  await whileFrozen(page, async () => {});
  await workload.goesOn();
  const { sessions, gaps, states } = await workload.expectAllIsRight();
  expect({ sessions, gaps }).toEqual({ sessions: 1, gaps: [] });
  // It let go of its connection by itself, so that the server would know.
  expect(states).toEqual(["idle", "connecting", "open"]);
});

test("a page that was frozen for longer than the server keeps events is told what is missing", async ({ workload, page, server }) => {
  await whileFrozen(page, (cover) => count(cover, server.url, 150));
  await workload.goesOn();
  const { sessions, gaps } = await workload.expectAllIsRight();
  expect({ sessions, gaps }).toEqual({ sessions: 1, gaps: ["not-kept"] });
});

test("a page that was frozen while its server lost its memory begins anew, and says so", async ({ workload, page, server }) => {
  await whileFrozen(page, async () => {
    await server.kill();
    await server.restart();
  });
  await workload.goesOn();
  const { sessions, gaps } = await workload.expectAllIsRight();
  expect({ sessions, gaps }).toEqual({ sessions: 2, gaps: ["new-epoch"] });
});
