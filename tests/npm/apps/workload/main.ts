// A page that uses everything all the time: requests go out, a topic is read, a slider moves. It
// notes what becomes of it, and support/violations.ts says whether that is right.

import { connect, FaderError } from "fader";
import type { Api } from "../../api.ts";
import { HEIGHT, type Position, type Records, type RequestKind, type RequestRecord, type TopicRecord } from "../../support/records.ts";

/** From one step to the next, in milliseconds. */
const PACE = 25;
const KINDS: readonly RequestKind[] = ["plain", "plain", "keyed", "volatile"];

const page = crypto.randomUUID();
const requests: RequestRecord[] = [];
const topic: TopicRecord[] = [];
let reached: Position | null = null;
let moved = 0;
let isRunning = true;
let stepped = performance.now();
/** The longest time from one step to the next, in milliseconds. */
let longestPause = 0;

const slider = document.querySelector<HTMLInputElement>("#slider")!;
const shown = document.querySelector<HTMLOutputElement>("#area")!;
const client = await connect<Api>("/fader");
const states: string[] = [];

function request(kind: RequestKind): string {
  const number = requests.length;
  const record: RequestRecord = { id: `${page}-${number}`, kind };
  requests.push(record);
  const options = { volatile: kind === "volatile", idempotencyKey: kind === "keyed" ? record.id : undefined };
  client.request("run", { id: record.id, ms: (number * 7) % 200 }, options).then(
    (reply) => (record.outcome = { reply }),
    (error: unknown) => (record.outcome = { error: error instanceof FaderError ? error.code : String(error) }),
  );
  return record.id;
}

const counts = client.subscribe("counts");
counts.on("subscribed", ({ position, recovered }) => topic.push({ is: "subscribed", ...position, recovered }));
counts.on("gap", (gap) => topic.push({ is: "gap", ...gap }));
async function read(): Promise<void> {
  for await (const count of counts) topic.push({ is: "event", ...counts.position!, count });
}

const area = client.live("area", { width: moved, height: HEIGHT });
area.bind(slider, "width");
area.subscribe(({ result }) => (shown.value = String(result?.area)));
function move(): void {
  moved = (moved + 1) % 1000;
  slider.valueAsNumber = moved;
  slider.dispatchEvent(new Event("input"));
}

function step(): void {
  if (!isRunning) return;
  longestPause = Math.max(longestPause, performance.now() - stepped);
  stepped = performance.now();
  request(KINDS[requests.length % KINDS.length]!);
  move();
  setTimeout(step, PACE);
}

const work = {
  client,
  longestPause: () => longestPause,
  /** Does nothing new, until `goOn`. */
  rest(): void {
    isRunning = false;
  },
  goOn(): void {
    isRunning = true;
    step();
  },
  /** Rests, and lets go of the slider. Answers the id of a last request. */
  async finish(): Promise<string> {
    work.rest();
    move();
    slider.dispatchEvent(new Event("change"));
    const last = request("plain");
    reached = await client.request("counted");
    return last;
  },
  /** What is not answered yet, in words. */
  unanswered(): string[] {
    const { pending, inFlight } = area.state;
    return [
      ...requests.filter(({ outcome }) => !outcome).map(({ id }) => `request ${id}`),
      ...(pending || inFlight > 0 ? ["the area"] : []),
    ];
  },
  /** What is still to come after `finish`, in words. */
  unfinished(): string[] {
    const at = counts.position;
    const isRead = at && at.epoch === reached?.epoch && at.offset >= reached.offset;
    return [...work.unanswered(), ...(isRead ? [] : [`the counts after ${at?.offset}`])];
  },
  records(): Records {
    const { connects, resumes } = client.stats();
    const live = { moved, slider: slider.valueAsNumber, shown: shown.value, pending: area.state.pending };
    return { requests, topic, reached: reached!, live, connects, resumes, states };
  },
};
Object.assign(globalThis, { work });

void read();
await client.ready();
client.on("state", ({ name }) => states.push(name));
step();

export type WorkInPage = typeof work;
