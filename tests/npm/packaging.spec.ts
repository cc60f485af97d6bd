import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "./support/test.ts";

// The server forbids everything that the package does not need: see its Content-Security-Policy.
for (const app of ["bare", "worker", "vite", "webpack", "esbuild", "inline"]) {
  test(`${app}: one request, one event, one live result`, async ({ page, server, uncaught }) => {
    const requested: string[] = [];
    page.on("request", (request) => requested.push(request.url()));
    await page.goto(`${server.url}${app}/index.html`);
    await expect(page).toHaveTitle("5 7 10");
    expect(uncaught).toEqual([]);
    expect(requested.filter((url) => url.endsWith(".wasm"))).toHaveLength(app === "inline" ? 0 : 1);
  });
}

test("node: one request, one event, one live result, and the process ends", async ({ server }) => {
  const { stdout } = await promisify(execFile)(process.execPath, ["apps/node/main.js", server.webSocketUrl], {
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
