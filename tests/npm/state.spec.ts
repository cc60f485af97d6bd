import type { Live, Subscription } from "fader";
import { connect } from "./support/page.ts";
import { expect, test } from "./support/test.ts";

type Wrap = <T extends object>(value: T) => T;

// Frameworks put proxies between an app and what it keeps in their state.
for (const framework of [
  "a proxy",
  "a deep proxy",
  "Vue reactive",
  "Vue ref",
  "Vue readonly",
  "Vue shallowReactive",
  "Pinia",
  "Alpine",
  "Svelte",
  "Solid store",
  "Solid mutable",
  "valtio",
]) {
  test(`a client, a live group and a subscription work when they are kept in ${framework}`, async ({ page, uncaught }) => {
    await connect(page);
    const seen = await page.evaluate(async (framework) => {
      const load = (path: string) => import(path);
      const wrap: Wrap = (await load("/state.js")).wraps[framework];

      const kept = wrap(client);
      await kept.ready();
      const sum = await kept.request("sum", { a: 2, b: 3 });
      const states: string[] = [];
      kept.on("state", ({ name }) => states.push(name));

      const ticks: Subscription<{ price: number }> = wrap(kept.subscribe("ticks"));
      const subscribed = new Promise((resolve) => ticks.on("subscribed", resolve));
      const next = ticks.next();
      await subscribed;
      await kept.publish("ticks", { price: 7 });
      const price = (await next).value?.price;
      const isPlaced = ticks.position?.offset === 1;
      ticks.close();

      const area: Live<{ width: number; height: number }, { area: number }> = wrap(kept.live("area", { width: 2, height: 3 }));
      const slider = document.body.appendChild(Object.assign(document.createElement("input"), { type: "range" }));
      const off = area.bind(slider, "width");
      const widths: number[] = [];
      area.subscribe(({ model }) => widths.push(model.width));
      area.begin("width");
      area.set(wrap({ width: 5 }));
      area.cancel();
      area.begin();
      area.set({ width: 6 });
      area.commit();
      for await (const { result } of area) if (result?.area === 18) break;
      off();
      const counted = area.state.counters.results > 0 && kept.stats().connects;
      area.close();
      kept.connectNow();
      kept.close();
      await until(() => kept.state.name === "closed");
      return { sum, states, price, isPlaced, width: widths.at(-1), counted };
    }, framework);
    expect(seen).toEqual({ sum: 5, states: ["closed"], price: 7, isPlaced: true, width: 6, counted: 1 });
    expect(uncaught).toEqual([]);
  });
}
