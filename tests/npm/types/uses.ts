// Checked by `tsc --strict`, never run: what must compile, and what must not.
import { connect, FaderError, type Client, type ErrorCode, type Live, type LiveState, type State } from "fader";
import type * as fader from "fader";
import type { Api } from "../api.ts";

export async function typed(client: Client<Api>, slider: HTMLInputElement): Promise<void> {
  const sum: number = await client.request("sum", { a: 1, b: 2 });
  // Parameters that are null may be left out.
  const count: number = await client.request("cancelled");
  await client.request("cancelled", null, { timeout: 5 });
  await client.request("sum", { a: sum, b: count }, { signal: new AbortController().signal, idempotencyKey: "k", volatile: false });
  const reply: Uint8Array = await client.request("reverse", new Uint8Array(1));
  for await (const file of client.subscribe("files")) await client.publish("files", file.subarray(0, reply.length));
  // @ts-expect-error bytes, and no JSON
  await client.request("reverse", [1]);
  // @ts-expect-error no such method
  await client.request("product", { a: 1, b: 2 });
  // @ts-expect-error a parameter is missing
  await client.request("sum", { a: 1 });
  // @ts-expect-error a parameter is of another type
  await client.request("sum", { a: 1, b: "2" });
  // @ts-expect-error parameters are missing
  await client.request("sum");
  // @ts-expect-error the reply is a number
  const text: string = await client.request("sum", { a: 1, b: 2 });
  // @ts-expect-error no such option
  await client.request("sum", { a: 1, b: 2 }, { retries: 3 });

  // @ts-expect-error made by `connect`
  void fader.Client;
  // @ts-expect-error made by `subscribe`
  void fader.Subscription;

  const area: Live<{ width: number; height: number }, { area: number }> = client.live("area", { width: 1, height: 1 }, { policy: "adaptive" });
  area.set({ width: 2 });
  const off: () => void = area.bind(slider, "width");
  off();
  area.gesture(document.body, "width", "height")();
  area.begin("width");
  area.commit("width");
  area.subscribe(({ result, pending, stalenessMs }) => [result?.area.toFixed(), pending === true, stalenessMs.toFixed()]);
  for await (const state of area) state.model.width.toFixed();
  client.live("area", { width: 1, height: 1 }, { policy: { throttle: 50 } });
  // @ts-expect-error no such live group
  client.live("volume", {});
  // @ts-expect-error a key is missing
  client.live("area", { width: 1 });
  // @ts-expect-error no such key
  area.set({ depth: 1 });
  // @ts-expect-error no such key
  area.bind(slider, "depth");
  // @ts-expect-error no such key
  area.gesture(slider, "depth");
  // @ts-expect-error nothing that holds a value
  area.bind(document.body, "width");
  // @ts-expect-error there may be no result yet
  area.state.result.area;
  // @ts-expect-error no such policy
  client.live("area", { width: 1, height: 1 }, { policy: "sometimes" });
  // @ts-expect-error a state is not to be changed
  area.state.pending = false;
  // @ts-expect-error nor is a model
  area.state.model.width = 5;

  const ticks = client.subscribe("ticks", { since: { epoch: "e", offset: 1 }, buffer: 10, overflow: "drop-oldest" });
  for await (const tick of ticks) tick.price.toFixed();
  ticks.on("gap", ({ from, to, reason }) => [from.toFixed(), to.toFixed(), reason.trim()]);
  (await client.publish("ticks", { price: 1 })).offset.toFixed();
  // @ts-expect-error no such topic
  client.subscribe("news");
  // @ts-expect-error an event is of another type
  await client.publish("ticks", { price: "1" });
  // @ts-expect-error nobody says where a volatile event stands
  (await client.publish("ticks", { price: 1 }, { volatile: true })).offset;

  const room = client.subscribe("room", (said) => said.trim(), { presence: true });
  for (const { name } of room.members.values()) name.trim();
  room.on("members", (members) => members.get("id")?.name.trim());
  room.on("end", (error) => error?.rejection?.trim());
  // @ts-expect-error what is said is text
  client.subscribe("room", (said: number) => said);
  for await (const number of client.stream("countdown", 10, { signal: new AbortController().signal })) number.toFixed();
  // @ts-expect-error no such stream
  client.stream("sum", { a: 1, b: 2 });
  // @ts-expect-error it counts from a number
  client.stream("countdown", "10");
  // @ts-expect-error it counts from a number
  client.stream("countdown");

  const { state } = client;
  if (state.name === "waiting") state.until.toFixed();
  // @ts-expect-error only known while waiting
  state.until;
  client.on("state", (state: State) => state.name);
  // @ts-expect-error no such event
  client.on("message", () => {});
  await client.ready({ timeout: 3000 });
  client.stats().rttMs?.toFixed();
  text.at(0);
}

export async function untyped(): Promise<void> {
  await using client = await connect("/fader");
  const reply: unknown = await client.request("anything", { at: "all" });
  const live = client.live("anything", { gain: 0 });
  const seen: (state: LiveState<Record<string, unknown>, unknown>) => void = () => {};
  live.subscribe(seen);
  // @ts-expect-error not known
  (await client.request("anything", {})).length;
  try {
    await client.request("anything", reply);
  } catch (error) {
    if (error instanceof FaderError) {
      const code: ErrorCode = error.code;
      // @ts-expect-error no such code
      if (code === "failed") return;
      if (error.retryable) await client.request("anything", error.data);
    }
  }
}

export async function options(): Promise<void> {
  await connect<Api>(new URL("wss://example.org/fader"), { wasm: new URL("https://example.org/fader.wasm"), webSocket: WebSocket });
  await connect("/fader", { wasm: fetch("/fader.wasm") });
  // @ts-expect-error no such option
  await connect("/fader", { reconnect: true });
  // @ts-expect-error not something to load
  await connect("/fader", { wasm: null });
}

/** What an API does not have cannot be asked for. */
export async function partial(): Promise<void> {
  const nothing = await connect<object>("/fader");
  // @ts-expect-error there are no topics
  nothing.subscribe("anything");
  // @ts-expect-error there are no topics
  await nothing.publish("anything", 1);
  // @ts-expect-error there are no methods
  await nothing.request("anything");
  // @ts-expect-error there are no streams
  nothing.stream("anything");
  // @ts-expect-error there are no live groups
  nothing.live("anything", {});
  const some = await connect<{ topics: { ticks: { price: number } } }>("/fader");
  for await (const { price } of some.subscribe("ticks")) price.toFixed();
  // @ts-expect-error no such topic
  some.subscribe("news");
  // @ts-expect-error there are no methods
  await some.request("ticks");
}
