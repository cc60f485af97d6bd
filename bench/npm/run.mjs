// Measures the npm package in Chromium, against a client by hand in the same page.
// `cargo xtask bench npm` runs it in tests/npm, where the packages are.

import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");
const { chromium } = createRequire(join(root, "tests/npm/package.json"))("@playwright/test");
const files = {
  "/": { body: "<!doctype html><title>bench</title>", type: "text/html" },
  "/page.js": { file: join(import.meta.dirname, "page.js"), type: "text/javascript" },
};
const types = { js: "text/javascript", wasm: "application/wasm" };

const server = createServer(async ({ url }, response) => {
  const known = files[url] ?? {
    file: join(root, "target/npm/package/dist", url.replace(/^\/dist\//, "")),
    type: types[url.split(".").at(-1)],
  };
  const body = known.body ?? (await readFile(known.file).catch(() => null));
  response.writeHead(body === null ? 404 : 200, { "content-type": known.type ?? "text/plain" });
  response.end(body ?? "");
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));

const browser = await chromium.launch({
  executablePath: process.env.FADER_CHROME,
  args: ["--headless=new", "--no-sandbox", "--disable-gpu", "--js-flags=--expose-gc", "--enable-precise-memory-info"],
});
try {
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  const names = await page.evaluate(async () => {
    // The package keeps it to itself.
    const { instantiateStreaming } = WebAssembly;
    WebAssembly.instantiateStreaming = async (...args) => {
      const made = await instantiateStreaming(...args);
      globalThis.wasm = Object.values(made.instance.exports).find((one) => one instanceof WebAssembly.Memory);
      return made;
    };
    globalThis.bench = await import("/page.js");
    globalThis.fader = await import("/dist/fader.js");
    return bench.rows.map(({ name }) => name);
  });
  console.log("per request".padEnd(22) + ["by hand, µs", "fader, µs", "ratio", "target"].map((of) => of.padStart(13)).join(""));
  for (const [index, name] of names.entries()) {
    const { byHand, fader, ratio, target } = await page.evaluate(async (index) => {
      const row = bench.rows[index];
      return { ...(await bench.compare({ ...row, connect: fader.connect })), target: row.target };
    }, index);
    const cells = [byHand.toFixed(2), fader.toFixed(2), ratio.toFixed(2), `<= ${target}`];
    console.log(name.padEnd(22) + cells.map((cell) => cell.padStart(13)).join(""));
  }
  const [heap, wasm] = await page.evaluate(() =>
    bench.growth({
      connect: fader.connect,
      gc: globalThis.gc,
      used: () => [performance.memory.usedJSHeapSize, globalThis.wasm.buffer.byteLength],
    }),
  );
  console.log(`growth over 1,000,000 requests: ${heap.toFixed(3)} bytes each, and ${wasm.toFixed(3)} of the wasm's memory`);
} finally {
  await browser.close();
  server.close();
}
