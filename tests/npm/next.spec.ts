import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { Server } from "./support/server.ts";
import { expect, test as base } from "./support/test.ts";

const app = join(import.meta.dirname, "apps/next");

/** `test` with `next`, which runs Next's command in apps/next, and the `origin` where it is to listen. */
const test = base.extend<{ origin: URL; next: (...args: string[]) => ChildProcess; said: string[] }>({
  origin: async ({}, use) => {
    // Next has to know the server's port, and the server Next's.
    const probe = createServer().listen(0, "127.0.0.1");
    await once(probe, "listening");
    const { port } = probe.address() as AddressInfo;
    probe.close();
    await once(probe, "close");
    await use(new URL(`http://127.0.0.1:${port}/`));
  },
  server: async ({ origin }, use) => {
    const server = await Server.start(undefined, "--allow-origin", origin.origin);
    await use(server);
    await server.kill();
  },
  next: async ({ page, server }, use) => {
    const processes: ChildProcess[] = [];
    await use((...args) => {
      const next = spawn(process.execPath, [join(app, "node_modules/next/dist/bin/next"), ...args], {
        cwd: app,
        env: { ...process.env, NODE_ENV: undefined, NODE_OPTIONS: "", FADER_SERVER: server.url, NEXT_TELEMETRY_DISABLED: "1" },
        stdio: ["ignore", "pipe", "inherit"],
      });
      next.stdout.resume();
      processes.push(next);
      return next;
    });
    // It waits for connections that are open.
    await page.close();
    for (const next of processes) {
      if (next.exitCode !== null) continue;
      next.kill();
      await once(next, "close");
    }
  },
  /** Errors in the page's console, such as that of a page that is not what the server rendered. */
  said: async ({ page }, use) => {
    const said: string[] = [];
    page.on("console", (message) => message.type() === "error" && said.push(message.text()));
    await use(said);
  },
});

/** Waits until Next serves the page, and gives what it rendered. */
async function rendered(url: URL): Promise<string> {
  let html = "";
  const load = async () => {
    const response = await fetch(url);
    html = await response.text();
    return response.status;
  };
  await expect.poll(() => load().catch(String), { timeout: 60_000 }).toBe(200);
  return html;
}

async function expectAllWorks(page: Page): Promise<void> {
  const text = (id: string) => page.getByTestId(id);
  await expect(text("state")).toHaveText("open", { timeout: 30_000 });
  await expect(text("area")).toHaveText("6");
  await page.getByRole("slider").press("ArrowRight");
  await expect(text("area")).toHaveText("9");
  await page.getByRole("button", { name: "2 + 3" }).click();
  await expect(text("sum")).toHaveText("5");
  await page.getByRole("button", { name: "Publish" }).click();
  await expect(text("tick")).toHaveText("7");
}

for (const file of ["react.js", "react.cjs"]) {
  test(`${file} says that its hooks and components are for the client`, async () => {
    const script = await readFile(join(app, "node_modules/fader/dist", file), "utf8");
    expect(script).toMatch(/^("use strict";)?"use client";/);
  });
}

// A build takes its time.
test.describe.configure({ timeout: 180_000 });

test("next dev: through its rewrites", async ({ page, origin, next, said, uncaught }) => {
  next("dev", "--hostname", origin.hostname, "--port", origin.port);
  await rendered(origin);
  await page.goto(origin.href);
  await expectAllWorks(page);
  expect([...said, ...uncaught]).toEqual([]);
});

test("next build and next start: rendered on the server, through its rewrites, and past it", async ({
  page,
  server,
  origin,
  next,
  said,
  uncaught,
}) => {
  const build = next("build");
  const [code] = await once(build, "close");
  expect(code).toBe(0);
  next("start", "--hostname", origin.hostname, "--port", origin.port);

  const html = await rendered(origin);
  expect(html).toContain('<output data-testid="state">idle</output>');
  expect(html).toContain('<output data-testid="width">2</output>');

  const sockets: string[] = [];
  page.on("websocket", (socket) => sockets.push(socket.url()));
  for (const [path, at] of [
    ["/direct", new URL("fader", server.webSocketUrl)],
    ["/", new URL("fader", origin.href.replace("http", "ws"))],
  ] as const) {
    await page.goto(new URL(path, origin).href);
    await expectAllWorks(page);
    expect(sockets.splice(0)).toEqual([at.href]);
  }
  expect([...said, ...uncaught]).toEqual([]);

  await server.kill();
  await expect(page.getByTestId("state")).not.toHaveText("open");
  await page.getByRole("slider").press("ArrowRight");
  await server.restart();
  await expect(page.getByTestId("area")).toHaveText("12");
  expect(uncaught).toEqual([]);
});
