import { execFile } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { fromXtask } from "./support/environment.ts";
import { expect, test } from "./support/test.ts";

// The server forbids everything that the package does not need: see its Content-Security-Policy.
for (const app of ["bare", "worker", "vite", "webpack", "esbuild", "inline", "iife"]) {
  test(`${app}: one request, one event, one live result`, async ({ page, server, uncaught }) => {
    const requested: string[] = [];
    page.on("request", (request) => requested.push(request.url()));
    await page.goto(`${server.url}${app}/index.html`);
    await expect(page).toHaveTitle("5 7 10");
    expect(uncaught).toEqual([]);
    expect(requested.filter((url) => url.endsWith(".wasm"))).toHaveLength(app === "inline" || app === "iife" ? 0 : 1);
  });
}

test("a classic script that uses nothing but a hook", async ({ page, server, uncaught }) => {
  await page.goto(`${server.url}hooks/index.html`);
  await expect(page.locator("output")).toHaveText("open");
  expect(uncaught).toEqual([]);
});

for (const app of ["bare", "vite", "iife"]) {
  test(`${app}: a page that was opened with a name and a password`, async ({ page, server, uncaught }) => {
    await page.goto(`${server.url.replace("//", "//name:password@")}${app}/index.html`);
    await expect(page).toHaveTitle("5 7 10");
    expect(uncaught).toEqual([]);
  });
}

test("a page from a file, as in Electron, has its client", async ({ page, server, uncaught }) => {
  // The connection is another matter: this server lets only its own pages in.
  await page.goto(`${pathToFileURL(join(fromXtask("FADER_SITE"), "iife/index.html"))}#${server.webSocketUrl}`);
  await expect(page).toHaveTitle("connected");
  expect(uncaught).toEqual([]);
});

test("node: one request, one event, one live result, and the process ends", async ({ server }) => {
  const { stdout } = await promisify(execFile)(process.execPath, ["apps/node/main.js", server.webSocketUrl], {
    timeout: 20_000,
  });
  expect(stdout).toBe("5 7 10\n");
});

test("node, with require: one request, one event, one live result, and the process ends", async ({ server }) => {
  const { stdout } = await promisify(execFile)(process.execPath, ["apps/node/main.cjs", server.webSocketUrl], {
    timeout: 20_000,
  });
  expect(stdout).toBe("5 7 10\n");
});

test("node without a WebSocket says what is missing", async () => {
  const script = `delete globalThis.WebSocket; const { connect } = await import("fader");
    await connect("ws://127.0.0.1:1/").catch(({ code, message }) => console.log(code, message));`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script]);
  expect(stdout).toBe("bad-argument there is no WebSocket here: pass one as `webSocket`\n");
});

test("node: a client that is closed while it connects ends the process in peace", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ["apps/node/hung.js"], { timeout: 20_000 });
  expect(stdout).toBe("closed\n");
});
