import type { WasmSource } from "fader";
import { load } from "./support/page.ts";
import { expect, test } from "./support/test.ts";

// Loaded once in a page: each has a page of its own.
test.beforeEach(({ page }) => load(page));

for (const [kind, source] of Object.entries({
  "a URL": `"/fader/fader.wasm?own"`,
  "a response": `fetch("/fader/fader.wasm?own")`,
  bytes: `fetch("/fader/fader.wasm?own").then((response) => response.arrayBuffer())`,
  "a module": `WebAssembly.compileStreaming(fetch("/fader/fader.wasm?own"))`,
})) {
  test(`the wasm as ${kind}`, async ({ page }) => {
    const fetched: string[] = [];
    page.on("request", (request) => fetched.push(request.url()));
    const sum = await page.evaluate(`(async () => {
      const client = await fader.connect("/fader", { wasm: ${source} });
      const sum = await client.request("sum", { a: 2, b: 3 });
      client.close();
      return sum;
    })()`);
    expect(sum).toBe(5);
    expect(fetched.filter((url) => url.includes(".wasm"))).toEqual([expect.stringContaining("/fader.wasm?own")]);
  });
}

test("wasm that cannot be loaded is an error that says why, and may be loaded later", async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const attempt = (wasm: WasmSource) =>
      fader.connect("/fader", { wasm }).catch((error: InstanceType<typeof fader.FaderError>) => [error.code, error.cause instanceof Error]);
    const seen = [await attempt("/nowhere.wasm"), await attempt(new Uint8Array([1, 2, 3]))];
    const client = await fader.connect<never>("/fader");
    await client.ready({ timeout: 5_000 });
    client.close();
    return seen;
  });
  expect(seen).toEqual([
    ["bad-argument", true],
    ["bad-argument", true],
  ]);
});
