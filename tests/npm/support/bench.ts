import type { Page } from "@playwright/test";
import type { Live } from "fader";
import { load } from "./page.ts";

type Model = Record<string, unknown>;

/** What the code of a test finds in the page, beside what `load` brings. */
declare global {
  /** A live group of this client, against a server in the page that answers everything. */
  var openGroup: (model: Model) => Promise<Live<Model, unknown>>;
  /** An element in the page, an `<input>` of this type unless another tag is named. */
  var make: <E extends HTMLElement = HTMLInputElement>(type: string, attributes?: Record<string, string>, tag?: string) => E;
  var fire: (element: EventTarget, type: string, init?: EventInit & Record<string, unknown>) => void;
  /** Values from elsewhere. */
  var push: (patch: Model) => void;
  /** What the server was told as final, in order. */
  var commits: Model[];
  /** All that the server was told, in order. */
  var patches: Model[];
  /** Until what was done has reached the server, been answered and shown. */
  var turn: () => Promise<void>;
  var sleep: (ms: number) => Promise<void>;
}

/** Imports the package in the page, and connects it to a server in the page. */
export async function bench(page: Page): Promise<void> {
  await load(page);
  await page.evaluate(async () => {
    let socket!: Fake;
    let last: unknown[] = [];
    globalThis.commits = [];
    globalThis.patches = [];
    class Fake {
      readyState = 1;
      onopen?: () => void;
      onmessage?: (event: { data: string }) => void;
      constructor() {
        socket = this;
        queueMicrotask(() => this.onopen?.());
      }
      say(...frames: unknown[]) {
        this.onmessage?.({ data: JSON.stringify(frames) });
      }
      send(text: string) {
        for (const frame of JSON.parse(text)) {
          if (frame[0] === 0)
            this.say([1, { session: "s", secret: "t", resumed: false, received: 0, heartbeat_ms: 25_000, message_bytes: 65_536 }]);
          if (frame[0] === 2) this.say([3, frame[1]]);
          if (frame[0] !== 20) continue;
          last = frame;
          const [, , , , , phase, , patch] = frame;
          patches.push(patch);
          if (phase === 1) commits.push(patch);
          setTimeout(() => this.say([21, frame[1], frame[3], frame[4], 0, 1, null]));
        }
      }
      close() {
        this.readyState = 3;
      }
    }
    const connected = await fader.connect("/fader", { webSocket: Fake as never });
    globalThis.sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    globalThis.turn = () => sleep(30);
    globalThis.push = (patch) => socket.say([25, last[1], last[3], last[4], patch]);
    globalThis.openGroup = async (model) => {
      const group = connected.live("group", model) as Live<Model, unknown>;
      await until(() => !group.state.pending);
      commits.length = patches.length = 0;
      return group;
    };
    globalThis.make = (type, attributes = {}, tag = "input") => {
      const element = document.createElement(tag);
      if (tag === "input") element.setAttribute("type", type);
      for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
      // The page's policy allows no style attributes.
      if (attributes["style"]) element.style.cssText = attributes["style"];
      document.body.append(element);
      return element as never;
    };
    globalThis.fire = (element, type, init = {}) => {
      const kinds: [RegExp, unknown][] = [[/^pointer|capture$/, PointerEvent], [/^key/, KeyboardEvent], [/^/, Event]];
      const Kind = kinds.find(([name]) => name.test(type))![1] as typeof Event;
      element.dispatchEvent(new Kind(type, { bubbles: true, cancelable: true, ...init }));
    };
  });
}
