import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createServer } from "vite";
import { Server } from "./support/server.ts";
import { expect, test as base } from "./support/test.ts";

/** `test` with `open`, which opens one of the pages of apps/components. */
const test = base.extend<{ react: string; strict: boolean; open: (name: string) => Promise<void> }>({
  react: ["19", { option: true }],
  strict: [false, { option: true }],
  open: ({ page, server, react, strict, uncaught }, use) =>
    use(async (name) => {
      await page.goto(`${server.url}components-${react}/index.html?page=${name}${strict ? "&strict" : ""}`);
      expect(await page.evaluate("reactVersion")).toMatch(`${react}.`);
      expect(uncaught).toEqual([]);
    }),
});

for (const react of ["18", "19"]) {
  for (const strict of [true, false]) {
    test.describe(`React ${react}${strict ? " under StrictMode" : ""}`, () => {
      test.use({ react, strict });

      test("typing into the middle of a controlled input goes where the caret is", async ({ page, open, uncaught }) => {
        await open("controlled");
        await expect(page.getByTestId("first"), "from the first render on").toHaveText("hello");
        const name = page.getByTestId("name");
        await name.evaluate((input: HTMLInputElement) => (input.focus(), input.setSelectionRange(1, 1)));
        await page.keyboard.type("XYZ");
        await expect(name).toHaveValue("hXYZello");
        expect(uncaught).toEqual([]);
      });

      test.describe("with a server that asks for a token", () => {
        test.use({
          server: async ({}, use) => {
            const server = await Server.start(undefined, "--token", "right");
            await use(server);
            await server.kill();
          },
        });

        test("credentials are those of the latest render", async ({ page, open }) => {
          await open("token");
          await expect(page.getByTestId("state")).toHaveText("refused");
          await page.getByRole("button", { name: "Log in" }).click();
          await expect(page.getByTestId("state")).toHaveText("open");
        });
      });

      test("a group that is unmounted and mounted, hidden and shown works each time", async ({ page, open, uncaught }) => {
        await open("panel");
        const area = page.getByTestId("area");
        await expect(area).toHaveText("6");
        await page.getByTestId("effect").fill("7");
        await page.getByTestId("bind").press("ArrowRight");
        await expect(area).toHaveText("28");
        if (react === "19") {
          const toggle = page.getByRole("button", { name: "Hide" });
          for (let round = 0; round < 3; round += 1) {
            await toggle.click();
            await expect(area).toBeHidden();
            await toggle.click();
            await expect(page.getByTestId("effect"), "kept").toHaveValue("7");
            await expect(page.getByTestId("bind"), "kept").toHaveValue("4");
          }
          await page.getByTestId("bind").press("ArrowRight");
          await expect(area).toHaveText("35");
        }
        const mount = page.getByRole("button", { name: "Mount" });
        await mount.click();
        await mount.click();
        await expect(area, "another component").toHaveText("6");
        await page.getByTestId("effect").press("ArrowRight");
        await expect(area).toHaveText("9");
        expect(uncaught).toEqual([]);
      });

      test("a server that is gone for a while takes nothing away", async ({ page, server, open, uncaught }) => {
        await open("panel");
        await expect(page.getByTestId("area")).toHaveText("6");
        await server.kill();
        await page.getByTestId("effect").fill("7");
        await server.restart();
        await expect(page.getByTestId("area")).toHaveText("21");
        expect(uncaught).toEqual([]);
      });

      test("a topic that is refused is an error of the hook's", async ({ page, open, uncaught }) => {
        await open("refused");
        await expect(page.getByTestId("refused")).toHaveText(/^open undefined FaderError: .+/);
        expect(uncaught).toEqual([]);
      });

      test("no event of a topic is dropped, and the latest closure is called", async ({ page, open }) => {
        await open("ticks");
        const publish = page.getByRole("button", { name: "Publish" });
        await expect(page.getByTestId("events")).toHaveText("undefined");
        // Before the server has the subscription, events are not for it.
        await expect(async () => {
          await publish.click();
          await expect(page.getByTestId("events")).toHaveText("5 3 4 5 undefined", { timeout: 500 });
        }).toPass();
        await page.evaluate("heard.length = 0");
        await page.getByRole("button", { name: "Render" }).click();
        await publish.click();
        await expect.poll(() => page.evaluate("heard")).toEqual(["1:1", "1:2", "1:3", "1:4", "1:5"]);
      });

      test("a client without a provider is an error that says so", async ({ page, open }) => {
        await open("orphan").catch(() => {});
        await expect(page.getByTestId("boundary")).toHaveText(/there is no <FaderProvider> around/);
      });
    });
  }
}

for (const strict of [true, false]) {
  test(`Fast Refresh keeps what a slider was set to, ${strict ? "with" : "without"} StrictMode`, async ({ page, server, uncaught }, info) => {
    const root = join(import.meta.dirname, `apps/refresh-${strict}`);
    await rm(root, { recursive: true, force: true });
    await cp(join(import.meta.dirname, "../../examples/react"), root, { recursive: true });
    if (!strict) {
      const main = join(root, "src/main.tsx");
      await writeFile(main, (await readFile(main, "utf8")).replaceAll("StrictMode>", ">").replace("StrictMode", "Fragment"));
    }
    const vite = await createServer({
      root,
      cacheDir: info.outputPath("vite"),
      logLevel: "error",
      server: {
        port: 0,
        proxy: { "/fader": { target: server.url.replace("http", "ws") } },
        fs: { allow: [import.meta.dirname] },
        watch: { usePolling: true, interval: 50 },
      },
    });
    try {
      await vite.listen();
      await page.goto(String(vite.resolvedUrls?.local[0]));
      await expect(page.getByTestId("area")).toHaveText("6.00", { timeout: 30_000 });
      await page.getByRole("slider").fill("7");
      await expect(page.getByTestId("area")).toHaveText("21.00");
      await page.evaluate(() => Object.assign(globalThis, { isSamePage: true }));
      const app = join(root, "src/App.tsx");
      for (const label of ["Breadth", "Extent"]) {
        await writeFile(app, (await readFile(app, "utf8")).replace(/Width|Breadth/, label));
        await expect(page.getByLabel(label)).toHaveValue("7");
        await expect(page.getByTestId("area")).toHaveText("21.00");
      }
      await page.getByRole("slider").press("ArrowRight");
      await expect(page.getByTestId("area")).toHaveText("21.30");
      expect(await page.evaluate("isSamePage"), "not loaded anew").toBe(true);
      expect(uncaught).toEqual([]);
    } finally {
      await vite.close();
    }
  });
}
