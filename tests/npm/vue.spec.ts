import { expect, test } from "./support/test.ts";

test("the composables of Vue: a slider, an input, topics, and a component that goes and comes", async ({ page, server, uncaught }) => {
  let open = 0;
  page.on("websocket", (socket) => {
    open += 1;
    socket.on("close", () => (open -= 1));
  });
  await page.goto(`${server.url}vue/index.html`);
  const area = page.getByTestId("area");
  await expect(page.getByTestId("state")).toHaveText("open");
  await expect(area).toHaveText("6");
  await page.getByRole("slider").press("ArrowRight");
  await expect(area).toHaveText("9");
  await page.getByTestId("height").fill("5");
  await expect(area).toHaveText("15");
  await expect(page.getByTestId("error")).toHaveText(/FaderError: .+/);
  await page.getByRole("button", { name: "Publish" }).click();
  await expect(page.getByTestId("ticks")).toHaveText("2 3 4");
  await server.kill();
  await expect(page.getByTestId("state")).not.toHaveText("open");
  await page.getByRole("slider").press("ArrowRight");
  await server.restart();
  await expect(area).toHaveText("20");
  await page.getByRole("button", { name: "Toggle" }).click();
  await expect.poll(() => open).toBe(0);
  await page.getByRole("button", { name: "Toggle" }).click();
  await expect(area).toHaveText("6");
  expect(uncaught).toEqual([]);
});
