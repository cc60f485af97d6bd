import { expect, test } from "./support/test.ts";

test("the presets come from the server, and each changes the whole curve", async ({ demo, page }) => {
  const names = page.getByRole("group", { name: "Presets" }).getByRole("button");
  await expect(names).toHaveText(["Loudness", "Voice", "Telephone", "Flat"]);
  await expect(demo.preset("Loudness")).toHaveAttribute("aria-pressed", "true");
  await demo.slider("work").fill("20");

  for (const name of ["Telephone", "Voice", "Loudness", "Flat"]) {
    const before = await demo.bands();
    await demo.preset(name).click();
    await expect(demo.preset(name)).toHaveAttribute("aria-pressed", "true");
    await expect(page.locator(".presets [aria-pressed=true]")).toHaveCount(1);
    await demo.expectSettled();
    expect(await demo.bands()).not.toEqual(before);
  }
  expect((await demo.bands()).map(({ gain }) => gain)).toEqual([0, 0, 0, 0, 0]);
  await expect(page.getByTestId("response-summary")).toHaveText("Flat: 0.0 dB at all frequencies.");
  // The server's extra work is no part of a preset.
  await expect(demo.slider("work")).toHaveValue("20");

  await demo.slider("band-1-q").fill("50");
  await expect(demo.preset("Flat")).toHaveAttribute("aria-pressed", "false");
});
