import type { Api } from "./api.ts";
import { connect } from "./support/page.ts";
import { expect, test } from "./support/test.ts";

test.beforeEach(({ page }) => connect(page));

test("the state is told until it is not wanted any more", async ({ page, server }) => {
  await page.evaluate(() => {
    const names: string[] = [];
    const off = client.on("state", ({ name }) => names.push(name));
    client.on("state", ({ name }) => void (name === "open" && off()));
    Object.assign(globalThis, { names });
  });
  await server.kill();
  await page.evaluate(() => until(() => client.state.name === "waiting"));
  await server.restart();
  await page.evaluate(async () => {
    client.connectNow();
    await client.ready({ timeout: 5_000 });
    client.close();
    await until(() => client.state.name === "closed");
  });
  const names = (await page.evaluate("names")) as string[];
  expect(names[0]).toBe("waiting");
  expect(names.at(-1)).toBe("open");
});

test("ready waits for a connection, up to a time", async ({ page, server }) => {
  await server.kill();
  const codes = await page.evaluate(async () => {
    await until(() => client.state.name !== "open");
    const reason = (promise: Promise<unknown>) => promise.catch((error) => error.code ?? error);
    const controller = new AbortController();
    const aborted = reason(client.ready({ signal: controller.signal }));
    controller.abort("enough");
    const timedOut = reason(client.ready({ timeout: 20 }));
    const closed = reason(client.ready());
    const codes = [await aborted, await timedOut];
    client.close();
    return [...codes, await closed, client.state];
  });
  expect(codes).toEqual(["enough", "timed-out", "closed", { name: "closed", code: undefined, reason: "", cause: undefined }]);
});

test("what an app's callback throws is reported, and stops nobody", async ({ page, uncaught }) => {
  const states = await page.evaluate(async () => {
    const states: string[] = [];
    client.on("state", () => {
      throw new Error("of the app");
    });
    client.on("state", ({ name }) => states.push(name));
    const area = client.live("area", { width: 1, height: 1 });
    area.subscribe(() => {
      throw new Error("of another");
    });
    area.set({ width: 5 });
    await until(() => area.state.result?.area === 5);
    await client.request("sum", { a: 1, b: 2 });
    client.close();
    await until(() => states.length > 0);
    return states;
  });
  expect(states).toEqual(["closed"]);
  expect(new Set(uncaught)).toEqual(new Set(["of the app", "of another"]));
});

test("a URL that makes no sense is refused", async ({ page }) => {
  const messages = await page.evaluate(() =>
    Promise.all(["", "ftp://x/", "/fader#x", "http://["].map((url) =>
      fader.connect(url).then(
        () => "no error",
        (error) => error.code,
      ),
    )),
  );
  expect(messages).toEqual(Array(4).fill("bad-argument"));
});

test("a constructor can be given in place of WebSocket", async ({ page }) => {
  const urls = await page.evaluate(async () => {
    const urls: string[] = [];
    class Mine extends WebSocket {
      constructor(url: string, protocols?: string[]) {
        super(url, protocols);
        urls.push(`${new URL(url).pathname} ${protocols}`);
      }
    }
    const own = await fader.connect("/fader", { webSocket: Mine });
    await own.ready();
    own.close();
    return urls;
  });
  expect(urls).toEqual(["/fader fader.1.json"]);
});

test("what cannot be understood is passed over", async ({ page }) => {
  const replies = await page.evaluate(async () => {
    class Garbling {
      onopen?: () => void;
      onmessage?: (event: { data: string }) => void;
      readyState = 1;
      constructor() {
        queueMicrotask(() => this.onopen?.());
      }
      send(text: string) {
        const welcome = `[1,{"session":"s","secret":"t","resumed":false,"received":0,"heartbeat_ms":25000,"message_bytes":65536}]`;
        const answer = text.startsWith("[[0,") ? welcome : "[11,1,5]";
        this.onmessage?.({ data: `[null,"11",11,{},[],[null],["11",1,6],[11],[11,-1,6],[11,1.5,6],[99,1],${answer}]` });
      }
      close() {}
    }
    const other = await fader.connect("/fader", { webSocket: Garbling as unknown as typeof WebSocket });
    const replies = [await other.request("a"), other.state.name];
    other.close();
    return replies;
  });
  expect(replies).toEqual([5, "open"]);
});

test("whatever is used is closed at the end", async ({ page }) => {
  const ends = await page.evaluate(async () => {
    const ends: unknown[] = [];
    for (const end of [Symbol.dispose, Symbol.asyncDispose] as const) {
      const own = await fader.connect<Api>("/fader");
      const ticks = own.subscribe("ticks");
      const area = own.live("area", { width: 2, height: 3 });
      await ticks[end]();
      ends.push((await ticks.next()).done);
      await area[end]();
      try {
        area.set({ width: 1 });
      } catch (error) {
        ends.push((error as InstanceType<typeof fader.FaderError>).code);
      }
      await own[end]();
      ends.push(own.state.name);
    }
    return ends;
  });
  expect(ends).toEqual([true, "closed", "closed", true, "closed", "closed"]);
});

test("`using` closes at the end of the block", async ({ page }) => {
  const names = await page.evaluate(`(async () => {
    const made = [];
    {
      using one = await fader.connect("/fader");
      await using other = await fader.connect("/fader");
      made.push(one, other);
    }
    return made.map(({ state }) => state.name);
  })()`);
  expect(names).toEqual(["closed", "closed"]);
});

test("figures on the client", async ({ page, server }) => {
  const [rttMs, idle] = await page.evaluate(async () => {
    await until(() => client.stats().rttMs !== undefined && client.stats().unacknowledged === 0);
    const { rttMs, ...idle } = client.stats();
    return [rttMs, idle];
  });
  expect(rttMs).toBeGreaterThanOrEqual(0);
  const nothing = { queued: 0, inFlight: 0, connects: 1, resumes: 0, unacknowledged: 0, overflowed: 0 };
  expect(idle).toEqual(nothing);
  await server.suspend();
  const waiting = await page.evaluate(async () => {
    void Promise.allSettled([client.request("sum", { a: 1, b: 2 }), client.request("sum", { a: 3, b: 4 })]);
    await until(() => client.stats().inFlight === 2);
    const { rttMs, ...waiting } = client.stats();
    return waiting;
  });
  expect(waiting).toEqual({ ...nothing, inFlight: 2, unacknowledged: 2 });
  await server.kill();
  const [cut, queued] = await page.evaluate(async () => {
    await until(() => client.state.name === "waiting");
    void client.request("sum", { a: 1, b: 2 }).catch(() => {});
    const { rttMs, queued } = client.stats();
    return [rttMs, queued];
  });
  expect([cut, queued]).toEqual([undefined, 1]);
});

test("a thousand clients leave nothing in the page", async ({ page }) => {
  const left = await page.evaluate(async () => {
    client.close();
    const listeners: unknown[][] = [];
    const find = (...wanted: unknown[]) => listeners.findIndex((one) => one.every((part, i) => part === wanted[i]));
    let sockets = 0;
    const timers = new Set<unknown>();
    const { addEventListener, removeEventListener } = EventTarget.prototype;
    EventTarget.prototype.addEventListener = function (...args: Parameters<typeof addEventListener>) {
      const [type, listener] = args;
      if (find(this ?? globalThis, type, listener) < 0) listeners.push([this ?? globalThis, type, listener]);
      return addEventListener.apply(this, args);
    };
    EventTarget.prototype.removeEventListener = function (...args: Parameters<typeof removeEventListener>) {
      const at = find(this ?? globalThis, args[0], args[1]);
      if (at >= 0) listeners.splice(at, 1);
      return removeEventListener.apply(this, args);
    };
    const { setTimeout: set, clearTimeout: clear } = globalThis;
    globalThis.setTimeout = ((run: () => void, ms?: number) => {
      const id = set(() => (timers.delete(id), run()), ms);
      timers.add(id);
      return id;
    }) as typeof setTimeout;
    globalThis.clearTimeout = (id) => (timers.delete(id), clear(id));
    const welcome = { session: "s", secret: "t", resumed: false, received: 0, heartbeat_ms: 25_000, message_bytes: 65_536 };
    // A thousand real ones would take the browser minutes.
    class Counted {
      readyState = 0;
      onopen: (() => void) | null = null;
      onmessage: ((event: { data: string }) => void) | null = null;
      constructor() {
        sockets += 1;
        queueMicrotask(() => {
          if (this.readyState > 0) return;
          this.readyState = 1;
          this.onopen?.();
          this.onmessage?.({ data: JSON.stringify([[1, welcome]]) });
        });
      }
      send() {}
      close() {
        if (this.readyState < 2) sockets -= 1;
        this.readyState = 2;
      }
    }
    for (let i = 0; i < 1_000; i += 1) {
      const one = await fader.connect<never>("/fader", { webSocket: Counted });
      // Some are closed at work, others at once.
      if (i % 10 === 0) {
        const known = one as unknown as typeof client;
        const area = known.live("area", { width: 1, height: 1 });
        const slider = document.createElement("input");
        slider.type = "range";
        area.bind(slider, "width");
        await known.ready();
        void known.request("slow", 60_000).catch(() => {});
      }
      one.close();
    }
    await new Promise((resolve) => set(resolve, 0));
    return { listeners: listeners.map(([, type]) => type), sockets, timers: timers.size };
  });
  expect(left).toEqual({ listeners: [], sockets: 0, timers: 0 });
});

test("of several URLs the next is tried where one fails", async ({ page, server }) => {
  const sum = await page.evaluate(async (url) => {
    const client = await fader.connect<Api>(["ws://127.0.0.1:1/", new URL("fader", url)]);
    const sum = await client.request("sum", { a: 2, b: 3 });
    client.close();
    return sum;
  }, server.url);
  expect(sum).toBe(5);
});

test("options of times and queues are taken, and those that make no sense are named", async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const url = "ws://127.0.0.1:1/";
    const seen: unknown[] = [];
    const other = await fader.connect<Api>(url, { requestTimeout: 50, queue: { requests: 1 }, backoff: { base: 1, cap: 1, minUptime: 0, budget: 1000 } });
    const code = (error: { code: string }) => error.code;
    const calls = [other.request("sum", { a: 1, b: 2 }).catch(code), other.request("sum", { a: 1, b: 2 }).catch(code)];
    seen.push(await Promise.all(calls));
    // With the waits of the default there would be two.
    const end = performance.now() + 3_000;
    let attempts = 0;
    other.on("state", (state) => state.name === "connecting" && (attempts = state.attempt));
    await until(() => attempts > 10 || performance.now() > end);
    seen.push(attempts > 10);
    other.close();
    for (const options of [
      { requestTimeout: 0 },
      { heartbeat: { interval: NaN } },
      { heartbeat: { probeTimeout: "1" as unknown as number } },
      { queue: { streamItems: 0.5 } },
      { backoff: { base: 10, cap: 5 } },
      { dialTimeout: Infinity },
    ]) {
      seen.push(await fader.connect(url, options).catch(({ code, message }) => `${code}: ${message}`));
    }
    return seen;
  });
  expect(seen).toEqual([
    ["timed-out", "not-sent"],
    true,
    "bad-argument: requestTimeout must be a number of at least 1, not 0",
    "bad-argument: heartbeat.interval must be a number of at least 1, not NaN",
    "bad-argument: heartbeat.probeTimeout must be a number of at least 1, not 1",
    "bad-argument: queue.streamItems must be a number of at least 1, not 0.5",
    "bad-argument: backoff.cap must not be shorter than backoff.base",
    "bad-argument: dialTimeout must be a number of at least 1, not Infinity",
  ]);
});

test("debug logs sockets, states, causes and frames, and nothing secret", async ({ page, server }) => {
  await page.evaluate(async () => {
    const lines: string[] = [];
    const log = (...all: unknown[]) => lines.push(JSON.stringify(all));
    const credentials = () => "a very secret token";
    globalThis.client = await fader.connect<Api>("/fader?key=hidden", { credentials, debug: { log, frames: true } });
    await client.ready({ timeout: 5_000 });
    await client.request("sum", { a: 1, b: 2 });
    Object.assign(globalThis, { lines });
  });
  await server.kill();
  const log = (await page.evaluate(async () => {
    await until(() => client.state.name === "waiting");
    client.close();
    return (globalThis as unknown as { lines: string[] }).lines;
  })) as string[];
  for (const what of ["socket 1 dials", "socket 1 is open", "state: open", "socket 1 sends", '"sum"', "receives", "cause: "]) {
    expect(log.some((line) => line.includes(what)), what).toBe(true);
  }
  expect(log.join()).not.toMatch(/very secret|key=hidden/);
  expect(log.join().match(/\\"secret\\":\\"(?!\(hidden\))|"secret":"(?!\(hidden\))/)).toBeNull();
});
