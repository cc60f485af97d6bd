import { join } from "node:path";
import { createServer } from "vite";
import { expect, test } from "./support/test.ts";

test.describe("bare", () => {
  // Its script is in the page.
  test.use({ bypassCSP: true });

  test("the sliders give an area", async ({ page, server, uncaught }) => {
    await page.goto(`${server.url}examples/bare/index.html`);
    await expect(page.locator("#state")).toHaveText("open");
    await expect(page.locator("#area")).toHaveText("6.00");
    await page.locator("#width").press("ArrowRight");
    await expect(page.locator("#area")).toHaveText("6.30");
    await expect(page.locator("#pending")).toHaveText("");
    await server.kill();
    await expect(page.locator("#state")).toHaveText(/waiting|connecting/);
    await page.locator("#height").press("ArrowRight");
    await server.restart();
    await expect(page.locator("#area")).toHaveText("6.51");
    expect(uncaught).toEqual([]);
  });
});

for (const build of ["development", "production"]) {
  test(`react under StrictMode, ${build}`, async ({ page, server, uncaught }) => {
    let open = 0;
    const sent: string[] = [];
    page.on("websocket", (socket) => {
      open += 1;
      socket.on("framesent", ({ payload }) => {
        sent.push(...(String(payload).match(/\[(40|20),\d+,"\w+"/g) ?? []));
      });
      socket.on("close", () => (open -= 1));
    });
    await page.goto(`${server.url}react-${build}/index.html`);
    const text = (id: string) => page.getByTestId(id);
    await expect(text("state")).toHaveText("open");
    await expect(text("area")).toHaveText("6.00");
    // One subscription, and one live group that is told once.
    expect(sent.sort()).toEqual([expect.stringMatching(/^\[20,\d+,"area"$/), expect.stringMatching(/^\[40,\d+,"ticks"$/)]);
    await page.getByRole("button", { name: "Publish" }).click();
    await expect(text("tick")).toHaveText("7");
    await page.getByRole("button", { name: "2 + 3" }).click();
    await expect(text("sum")).toHaveText("5");
    const slider = page.getByRole("slider");
    await expect(slider).toHaveValue("2");
    await slider.press("ArrowRight");
    await expect(text("area")).toHaveText("6.30");
    // What StrictMode's first run made is gone.
    expect(open).toBe(1);
    await server.kill();
    await expect(text("state")).not.toHaveText("open");
    await server.restart();
    await slider.press("ArrowRight");
    await expect(text("area")).toHaveText("6.60");
    expect(uncaught).toEqual([]);
  });
}

test("react, served by its own configuration while it is developed", async ({ page, server, uncaught }) => {
  const vite = await createServer({
    root: join(import.meta.dirname, "apps/react"),
    cacheDir: test.info().outputPath("vite"),
    logLevel: "error",
    // As it is, but for where the server and the packages are.
    server: {
      port: 0,
      proxy: { "/fader": { target: server.url.replace("http", "ws") } },
      fs: { allow: [import.meta.dirname] },
    },
  });
  try {
    await vite.listen();
    await page.goto(String(vite.resolvedUrls?.local[0]));
    await expect(page.getByTestId("state")).toHaveText("open", { timeout: 30_000 });
    await expect(page.getByTestId("area")).toHaveText("6.00");
    expect(uncaught).toEqual([]);
  } finally {
    await vite.close();
  }
});
