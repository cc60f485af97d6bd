import { whileElsewhere } from "../../shared/page-lifecycle.ts";
import { count } from "../support/page.ts";
import { expect, inPlainBrowser } from "../support/workload.ts";

const test = inPlainBrowser();

test("a page that comes back from the back/forward cache goes on", async ({ workload, page, server }) => {
  expect(await whileElsewhere(page, server.url, async () => {})).toBe(true);
  await workload.goesOn();
  const { sessions, gaps, states } = await workload.expectAllIsRight();
  expect({ sessions, gaps }).toEqual({ sessions: 1, gaps: [] });
  expect(states).toEqual(["idle", "connecting", "open"]);
});

test("a page that comes back late from the back/forward cache is told what is missing", async ({ workload, page, server }) => {
  expect(await whileElsewhere(page, server.url, () => count(page, server.url, 150))).toBe(true);
  await workload.goesOn();
  const { sessions, gaps } = await workload.expectAllIsRight();
  expect({ sessions, gaps }).toEqual({ sessions: 1, gaps: ["not-kept"] });
});
