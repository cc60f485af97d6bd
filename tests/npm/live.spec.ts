import type { Live } from "fader";
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

test("values that are not final leave as the policy says", async ({ page }) => {
  const frames = await page.evaluate(async () => {
    const first = async (policy: Parameters<typeof client.live>[2]) => {
      const area = client.live("area", { width: 2, height: 3 }, policy);
      await until(() => area.state.result);
      return area;
    };
    // What left in this turn is ahead of it.
    const sent = () => client.request("sum", { a: 1, b: 1 });

    const adaptive = await first({ policy: "adaptive" });
    adaptive.begin("width");
    adaptive.set({ width: 5 });
    await until(() => adaptive.state.result?.area === 15);

    const late = await first({ policy: "on-commit" });
    late.begin("width");
    late.set({ width: 5 });
    await sent();
    const before = late.state.counters.frames;
    late.commit();
    await until(() => late.state.result?.area === 15);

    const throttled = await first({ policy: { throttle: 200 } });
    const debounced = await first({ policy: { debounce: 5_000 } });
    throttled.begin("width");
    debounced.begin("width");
    for (let width = 10; throttled.state.counters.frames < 4; width += 1) {
      throttled.set({ width });
      debounced.set({ width });
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const { inputs } = throttled.state.counters;
    return [adaptive.state.gesture, before, late.state.counters.frames, debounced.state.counters.frames, inputs > 20];
  });
  // The first is the whole model.
  expect(frames).toEqual([true, 1, 2, 1, true]);
});

test("staleness grows while an answer is missing", async ({ page, server }) => {
  await page.evaluate(async () => {
    const area = client.live("area", { width: 2, height: 3 });
    await until(() => area.state.result && !area.state.pending);
    Object.assign(globalThis, { area });
  });
  await server.kill();
  const [fresh, isSame] = await page.evaluate(async () => {
    const { area } = globalThis as unknown as { area: Live<{ width: number; height: number }, { area: number }> };
    const fresh = area.state.stalenessMs;
    area.set({ width: 5 });
    await until(() => client.state.name === "waiting");
    const { state } = area;
    const stale = state.stalenessMs;
    await until(() => state.stalenessMs > stale + 20);
    return [fresh, area.state === state];
  });
  expect([fresh, isSame]).toEqual([0, true]);
});

test("all who wait for a live group's state are told", async ({ page }) => {
  const results = await page.evaluate(async () => {
    const area = client.live("area", { width: 2, height: 3 });
    await until(() => area.state.result && !area.state.pending);
    const states = area[Symbol.asyncIterator]();
    await states.next();
    const both = [states.next(), states.next()];
    area.close();
    return (await Promise.all(both)).map(({ done }) => done);
  });
  expect(results).toEqual([true, true]);
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
      () => loose.set({ width: [undefined] }),
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
    'bad-argument: the live group has no key "depth"; it has "height", "width"',
    "bad-argument: model.width[0] is undefined, which JSON cannot carry",
    "bad-argument: model.height[0] is a BigInt, which JSON cannot carry",
    "bad-argument: a model must be an object",
    'bad-argument: the live group has no key "depth"; it has "height", "width"',
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
      .from(area)
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
  expect(seen).toEqual({ subscribed: [1, 2, 3], fromRx: [1, 2, 3, 4], completed: true, iterated: 3 });
});

test("who listens is told of what is set here at once", async ({ page }) => {
  const [turns, model] = await page.evaluate(async () => {
    const area = client.live("area", { width: 1, height: 1 });
    await until(() => area.state.result);
    const told: unknown[] = [];
    const off = area.subscribe(({ model, gesture }) => told.push([model.width, gesture]));
    const turns = [
      () => area.begin("width"),
      () => area.set({ width: 2 }),
      () => area.set({ width: 3 }),
      () => area.cancel(),
      () => area.set({ width: 3 }),
      () => area.commit(),
    ].map((step) => {
      told.length = 0;
      step();
      return told.at(-1);
    });
    // Nothing that a listener does to it is too much.
    off();
    area.subscribe(({ model }) => {
      if (model.width < 6) area.set({ width: model.width + 1 });
      else area.close();
    });
    return [turns, area.state.model];
  });
  expect(turns).toEqual([[1, true], [2, true], [3, true], [1, false], [3, false], [3, false]]);
  expect(model).toEqual({ width: 6, height: 1 });
});

test("a member of a model that is undefined is left as it is", async ({ page }) => {
  const models = await page.evaluate(async () => {
    const loose = client as unknown as { live(name: string, model: object): Live<Record<string, unknown>, { area: number }> };
    const area = loose.live("area", { width: 2, height: 3, depth: undefined });
    await until(() => area.state.result?.area === 6);
    area.set({ width: undefined, height: 4 });
    await until(() => area.state.result?.area === 8);
    return area.state.model;
  });
  expect(models).toEqual({ width: 2, height: 4 });
});

test("every state is whole, also that of a client that was closed or refused", async ({ page }) => {
  const kinds = await page.evaluate(async () => {
    const kinds = new Set<string>();
    const look = (state: object) => {
      const known = state as typeof area.state;
      // Each throws where there is none.
      void [known.counters.results.toFixed(), known.stalenessMs.toFixed(), known.framesPerSecond.toFixed(), known.inFlight.toFixed()];
      kinds.add(Object.keys(state).sort().join());
    };
    const area = client.live("area", { width: 2, height: 3 });
    look(area.state);
    area.subscribe(look);
    const other = client.live("area", { width: 2, height: 3 });
    other.close();
    look(other.state);
    client.close();
    look(area.state);
    await until(() => client.state.name === "closed");
    look(area.state);
    await until(() => (area.state.error as { code?: string } | undefined)?.code === "closed");
    look(area.state);
    return [...kinds];
  });
  expect(kinds).toHaveLength(1);
});

test("a live group of the app's own outlives clients, with its model and what is bound to it", async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const area = new fader.Live<{ width: number; height: number }, { area: number }>("area", { width: 2, height: 3 });
    const slider = document.body.appendChild(Object.assign(document.createElement("input"), { type: "range" }));
    area.bind(slider, "width");
    area.begin("width");
    area.set({ width: 4 });
    area.commit();
    const before = [area.state.model.width, area.state.pending, area.state.error];
    const detach = area.attach(client);
    await until(() => area.state.result?.area === 12);
    const shown = [slider.value];
    detach();
    detach();
    area.set({ width: 5 });
    const apart = [area.state.model.width, area.state.result?.area, area.state.error];

    const other = (await fader.connect("/fader")) as unknown as typeof client;
    area.attach(client);
    const moved = area.attach(other);
    // Of the client before.
    detach();
    await until(() => area.state.result?.area === 15);
    shown.push(slider.value);
    other.close();
    await until(() => area.state.error);
    const code = (area.state.error as { code?: string }).code;
    area.set({ width: 6 });
    moved();
    area.attach(client);
    await until(() => area.state.result?.area === 18);
    shown.push(slider.value);
    area.close();
    const closed = [() => area.set({ width: 7 }), () => area.attach(client), () => area.bind(slider, "width")].map((call) => {
      try {
        call();
      } catch (error) {
        return (error as { code: string }).code;
      }
      return undefined;
    });
    return { before, shown, apart, code, closed };
  });
  expect(seen).toEqual({
    before: [4, true, undefined],
    shown: ["4", "5", "6"],
    apart: [5, 12, undefined],
    code: "closed",
    closed: ["closed", "closed", "closed"],
  });
});
