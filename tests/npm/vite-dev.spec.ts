import { join } from "node:path";
import type { createServer } from "vite";
import { expect, test } from "./support/test.ts";

// What bundles packages ahead, as Vite does up to 7, moves a script away from the `.wasm` beside it.
for (const vite of ["vite5", "vite6", "vite7", "vite"]) {
  test(`${vite} while an app is developed: one request, one event, one live result`, async ({ page, server, uncaught }) => {
    const { createServer: create } = (await import(vite)) as { createServer: typeof createServer };
    const dev = await create({
      root: join(import.meta.dirname, "apps/vite"),
      configFile: false,
      base: "/sub/",
      cacheDir: test.info().outputPath("cache"),
      logLevel: "error",
      server: {
        port: 0,
        proxy: { "/fader": { target: server.url.replace("http", "ws"), ws: true } },
        fs: { allow: [import.meta.dirname] },
      },
    });
    try {
      await dev.listen();
      await page.goto(String(dev.resolvedUrls?.local[0]));
      await expect(page).toHaveTitle("5 7 10", { timeout: 30_000 });
      expect(uncaught).toEqual([]);
    } finally {
      await dev.close();
    }
  });
}
