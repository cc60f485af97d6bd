import type { Locator, Page } from "@playwright/test";
import type { Demo } from "../support/demo.ts";
import { quantile } from "./measure.ts";

const ROUNDS = 9;
/** How many events a round has. */
const EVENTS = 1000;

/**
 * What an `input` event costs the main thread while it is handled, in µs: many in one turn, less what
 * they cost at a slider that nobody listens to. The clock of a page is too coarse for one alone. The
 * patch and the drawing come once for all of them, after the turn, and are not in it.
 */
export async function handling(demo: Demo, slider: Locator): Promise<number> {
  const before = await demo.counters();
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    rounds.push(
      await slider.evaluate((input: HTMLInputElement, EVENTS) => {
        const deaf = input.cloneNode() as HTMLInputElement;
        const time = (element: HTMLInputElement) => {
          const start = performance.now();
          for (let i = 0; i < EVENTS; i++) {
            element.value = i % 2 ? "3.1" : "-3.1";
            element.dispatchEvent(new Event("input", { bubbles: true }));
          }
          return performance.now() - start;
        };
        input.after(deaf);
        const idle = time(deaf);
        deaf.remove();
        return ((time(input) - idle) * 1000) / EVENTS;
      }, EVENTS),
    );
  }
  await demo.expectSettled();
  const { inputs } = await demo.counters();
  if (inputs - before.inputs !== ROUNDS * EVENTS) throw new Error("not every event was an input");
  return quantile(rounds, 0.5);
}

/**
 * All script that ran on the main thread since the last look, in ms, as Chromium counts it: handlers,
 * what follows them, answers, and the demo's drawing (but not style, layout and paint).
 */
export async function watchScript(page: Page): Promise<() => Promise<number>> {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  const total = async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return (metrics.find(({ name }) => name === "ScriptDuration")?.value ?? NaN) * 1000;
  };
  let last = await total();
  return async () => {
    const now = await total();
    const spent = now - last;
    last = now;
    return spent;
  };
}
