import type { WasmSource } from "fader";
import { load } from "./support/page.ts";
import { expect, test } from "./support/test.ts";

// Loaded once in a page: each has a page of its own.
test.beforeEach(({ page }) => load(page));

for (const [kind, source] of Object.entries({
  "a URL": `"/own.wasm"`,
  "a response": `fetch("/own.wasm")`,
  bytes: `fetch("/own.wasm").then((response) => response.arrayBuffer())`,
  "a module": `WebAssembly.compileStreaming(fetch("/own.wasm"))`,
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
    expect(fetched.filter((url) => url.includes(".wasm"))).toEqual([expect.stringContaining("/own.wasm")]);
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

test("the wasm of another build is refused, and says why, and the file of each build has another name", async ({ page }) => {
  const fetched: string[] = [];
  page.on("request", (request) => fetched.push(request.url()));
  const message = await page.evaluate(async () => {
    const bytes = new Uint8Array(await (await fetch("/own.wasm")).arrayBuffer());
    // The last byte is the end of the build's name.
    bytes[bytes.length - 1]! ^= 1;
    return fader.connect("/fader", { wasm: bytes }).catch(String);
  });
  expect(message).toContain("not of the same build as the script: an old copy of it is served, or cached");
  await page.evaluate(async () => (await fader.connect("/fader")).close());
  expect(fetched.at(-1)).toMatch(/\/fader-[0-9a-f]{8}\.wasm$/);
});

test("a page that is given in place of the wasm is named", async ({ page }) => {
  const message = await page.evaluate(() => fader.connect("/fader", { wasm: "/index.html" }).catch(String));
  expect(message).toMatch(/the wasm could not be loaded: .*http:.*\/index\.html is 200 text\/html/);
});

for (const [what, script] of Object.entries({
  "no WebAssembly": "delete globalThis.WebAssembly",
  "WebAssembly without reference types": "WebAssembly.validate = () => false",
})) {
  test(`a browser with ${what} is told what is needed`, async ({ page }) => {
    await page.addInitScript(script);
    await page.reload();
    await load(page);
    const error = await page.evaluate(() =>
      fader.connect("/fader").catch(({ code, message }: InstanceType<typeof fader.FaderError>) => `${code}: ${message}`),
    );
    expect(error).toMatch(/^unsupported: .*Chrome or Edge 96, Firefox 92, Safari 15\.4/);
  });
}
