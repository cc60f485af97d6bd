import { expect, test } from "../support/workload.ts";

// Without state: the server is another process afterwards. Sessions are in its memory, so they are
// lost, and so are the topic's events; what was not answered is unknown.

test("without state: a server that crashes and comes back", async ({ workload, server }) => {
  await server.kill();
  await workload.expectState("waiting");
  await server.restart();
  await workload.connectNow();
  await workload.goesOn();
  const { sessions, gaps } = await workload.expectAllIsRight();
  expect({ sessions, gaps }).toEqual({ sessions: 2, gaps: ["new-epoch"] });
});

test("without state: a server that is restarted in order", async ({ workload, server }) => {
  await server.stop();
  await server.restart();
  await workload.goesOn();
  const { sessions, gaps } = await workload.expectAllIsRight();
  expect({ sessions, gaps }).toEqual({ sessions: 2, gaps: ["new-epoch"] });
});

// With state: nobody can reach the server for a while, its connections break, and it is the same
// process afterwards, as after a machine was moved or suspended. There is no other way in which
// sessions survive.

test("with state: a server that is suspended, and all its connections with it", async ({ workload, server, network }) => {
  const { connections } = await network.stats();
  await server.suspend();
  await network.cut();
  await expect.poll(async () => (await network.stats()).connections).toBeGreaterThan(connections);
  await workload.works();
  server.resume();
  await workload.goesOn();
  const { sessions } = await workload.expectAllIsRight();
  expect(sessions).toBe(1);
});
