import type { LiveState } from "fader";
import { connect } from "./support/page.ts";
import { expect, test } from "./support/test.ts";

test.beforeEach(({ page }) => connect(page));

test("a model and its results", async ({ page }) => {
  const states = await page.evaluate(async () => {
    const area = client.live("area", { width: 2, height: 3 });
    const first = area.state;
    await until(() => area.state.result?.area === 6);
    area.set({ width: 5 });
    const { model, result } = area.state;
    await until(() => !area.state.pending);
    area.commit();
    area.close();
    return [first.result, first.pending, model, result, area.state.result, area.state.counters.inputs];
  });
  expect(states).toEqual([undefined, true, { width: 5, height: 3 }, { area: 6 }, { area: 15 }, 1]);
});

test("a gesture that is cancelled", async ({ page }) => {
  const models = await page.evaluate(async () => {
    const area = client.live("area", { width: 2, height: 3 });
    area.begin("width");
    area.set({ width: 9 });
    await until(() => area.state.result?.area === 27);
    const during = area.state;
    area.cancel();
    await until(() => area.state.result?.area === 6);
    return [during.gesture, during.model, area.state.gesture, area.state.model];
  });
  expect(models).toEqual([true, { width: 9, height: 3 }, false, { width: 2, height: 3 }]);
});

test("what is refused changes nothing", async ({ page }) => {
  const [messages, model] = await page.evaluate(async () => {
    const area = client.live("area", { width: 2, height: 3 });
    const loose = area as unknown as { set(values: unknown): void; begin(key: string): void };
    const attempts = [
      () => loose.set({ depth: 1 }),
      () => loose.set({ width: undefined }),
      () => loose.set({ width: 7, height: [1n] }),
      () => loose.set(5),
      () => loose.begin("depth"),
      () => client.live("area", [] as never),
      () => client.live("area", { width: 1, height: 1 }, { policy: { throttle: -1 } }),
    ];
    const messages = attempts.map((attempt) => {
      try {
        attempt();
        return "no error";
      } catch (error) {
        return error instanceof fader.FaderError ? `${error.code}: ${error.message}` : String(error);
      }
    });
    return [messages, area.state.model];
  });
  expect(messages).toEqual([
    'bad-argument: the live group has no key "depth"',
    "bad-argument: model.width is undefined, which JSON cannot carry",
    "bad-argument: model.height[0] is a BigInt, which JSON cannot carry",
    "bad-argument: a model must be an object",
    'bad-argument: the live group has no key "depth"',
    "bad-argument: a model must be an object",
    'bad-argument: {"throttle":-1} is no policy',
  ]);
  expect(model).toEqual({ width: 2, height: 3 });
});

test("an error of the server's stands in the state, and the result stays", async ({ page }) => {
  const [error, result, healed] = await page.evaluate(async () => {
    const area = client.live("area", { width: 2, height: 3 });
    await until(() => area.state.result);
    area.set({ width: -1 });
    await until(() => area.state.error);
    const { error, result } = area.state;
    area.set({ width: 1 });
    await until(() => area.state.result?.area === 3);
    const known = error as InstanceType<typeof fader.FaderError>;
    return [[known.code, known.rejection, known.message], result, area.state.error];
  });
  expect(error).toEqual(["rejected", "too-narrow", "width must not be negative"]);
  expect(result).toEqual({ area: 6 });
  expect(healed).toBeUndefined();
});

test("a slider that is dragged, cut in the middle, let go", async ({ page, server }) => {
  await page.evaluate(() => {
    const slider = document.createElement("input");
    Object.assign(slider, { type: "range", min: "0", max: "100", id: "slider" });
    slider.style.width = "400px";
    document.body.append(slider);
    const area = client.live("area", { width: 50, height: 2 });
    Object.assign(globalThis, { area, unbind: area.bind(slider, "width") });
  });
  const state = () => page.evaluate("JSON.parse(JSON.stringify(area.state))") as Promise<{
    model: { width: number };
    result?: { area: number };
    gesture: boolean;
    pending: boolean;
  }>;
  const slider = page.locator("#slider");
  await expect(slider).toHaveValue("50");
  const box = (await slider.boundingBox())!;
  const at = (part: number) => [box.x + box.width * part, box.y + box.height / 2] as const;
  await page.mouse.move(...at(0.5));
  await page.mouse.down();
  await page.mouse.move(...at(0.7), { steps: 5 });
  expect((await state()).gesture).toBe(true);
  await server.kill();
  await page.mouse.move(...at(0.9), { steps: 5 });
  await page.mouse.up();
  const width = Number(await slider.inputValue());
  expect(width).toBeGreaterThan(80);
  expect(await state()).toMatchObject({ model: { width }, gesture: false, pending: true });
  await server.restart();
  await expect.poll(state, { timeout: 20_000 }).toMatchObject({ result: { area: width * 2 }, pending: false });

  await page.evaluate("area.set({ width: 10 })");
  await expect(slider).toHaveValue("10");
  await slider.press("ArrowRight");
  await expect.poll(state).toMatchObject({ model: { width: 11 }, result: { area: 22 } });
  await page.evaluate("unbind()");
  await slider.press("ArrowRight");
  expect((await state()).model.width).toBe(11);
});

test("subscribers, iterators and RxJS see the states", async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const area = client.live("area", { width: 1, height: 1 });
    const subscribed: (number | undefined)[] = [];
    const off = area.subscribe((state) => subscribed.push(state.model.width));
    let completed = false;
    const fromRx: number[] = [];
    rxjs
      .from(area as unknown as Promise<LiveState<{ width: number }, unknown>>)
      .pipe(rxjs.map((state) => state.model.width), rxjs.distinctUntilChanged())
      .subscribe({ next: (width) => fromRx.push(width), complete: () => (completed = true) });
    const iterated: number[] = [];
    const iterating = (async () => {
      for await (const { model } of area) {
        iterated.push(model.width);
        if (model.width === 3) break;
      }
    })();
    area.set({ width: 2 });
    area.set({ width: 3 });
    await iterating;
    off();
    area.set({ width: 4 });
    await until(() => area.state.result?.area === 4);
    area.close();
    return { subscribed: [...new Set(subscribed)], fromRx, completed, iterated: [...new Set(iterated)].at(-1) };
  });
  expect(seen).toEqual({ subscribed: [1, 3], fromRx: [1, 3, 4], completed: true, iterated: 3 });
});
