import { writeFile } from "node:fs/promises";
import type { Page } from "@playwright/test";
import { Demo } from "../support/demo.ts";
import { capOf, Drag } from "../support/pointer.ts";
import { test } from "../support/proxy.ts";
import { handling, watchScript } from "./cost.ts";
import { measure, quantile, type Measured } from "./measure.ts";
import { keepRecord, takeRecord } from "./record.ts";

const FRAME = 1000 / 60;
/** How long each drag is, and how wide. */
const DRAG_MS = 2400;
const WIDTH = 50;
const DRAGS = Number(process.env["FADER_BENCH_DRAGS"] ?? 5);
/** Below so many inputs a second, the machine was too busy for a drag to say anything; it is made again. */
const LEAST_RATE = 30;
/** The network's round trip and the server's work, in ms. With no extra work the server takes about 1. */
const CELLS = [5, 50, 300].flatMap((rtt) => [0, 50, 500].map((work) => ({ rtt, work })));

/** One drag, from the middle, so that it reaches no end; as fast as the browser takes the moves. */
async function drag(demo: Demo, page: Page): Promise<Measured> {
  await demo.slider("band-3-gain").fill("0");
  await demo.expectSettled();
  const drag = await Drag.from(page, await capOf(demo.slider("band-3-gain")));
  await takeRecord(page);
  const session = await page.context().newCDPSession(page);
  const end = performance.now() + DRAG_MS;
  for (let step = 0; performance.now() < end; step++) {
    await drag.move(session, Math.round(WIDTH * Math.sin(step / 40)));
  }
  await drag.release();
  await session.detach();
  await demo.expectSettled();
  return measure(await takeRecord(page));
}

test("live input", async ({ page, network }) => {
  const demo = new Demo(page);
  await keepRecord(page);
  await demo.open(network.url);
  const report = [];
  let repeated = 0;
  console.log("RTT/C     bound: final, stale   frames/s   final median/p99   staleness p99/greatest   goals");
  for (const { rtt, work } of CELLS) {
    await network.delay("up", Math.floor(rtt / 2));
    await network.delay("down", Math.ceil(rtt / 2));
    await demo.slider("work").fill(String(work));
    await demo.expectSettled();
    // The first shows the client what the server takes.
    await drag(demo, page);
    const drags: Measured[] = [];
    for (let tries = 0; drags.length < DRAGS && tries < 4 * DRAGS; tries++) {
      const measured = await drag(demo, page);
      if (measured.inputs >= (LEAST_RATE * DRAG_MS) / 1000) drags.push(measured);
      else repeated++;
    }
    if (drags.length < DRAGS) {
      console.log(`${rtt}/${work}: the machine is too busy to measure anything`);
      continue;
    }

    const compute = Math.max(work, 1);
    const bound = { final: rtt + compute, stale: rtt + compute + Math.max(compute, FRAME) };
    const finals = drags.map(({ last }) => last);
    const staleness = drags.flatMap(({ staleness }) => staleness);
    const rates = drags.map(({ rate }) => rate);
    const rate = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
    const most = compute < 50 ? 60 : Math.min(60, 1300 / compute + 5);
    const figures = {
      rtt,
      compute,
      rate,
      final: { median: quantile(finals, 0.5), p99: quantile(finals, 0.99) },
      staleness: { p99: quantile(staleness, 0.99), greatest: quantile(staleness, 1) },
    };
    const over = [
      ["final", figures.final.p99 - bound.final - 20],
      ["staleness", figures.staleness.p99 - bound.stale - 25],
      ["frames/s", rate - most],
    ].filter(([, by]) => Number(by) > 0);
    const goals = over.length
      ? over.map(([what, by]) => `${what} over by ${Number(by).toFixed(0)}`).join(", ")
      : "all hold";
    report.push({ ...figures, bound, goals });
    const ms = (value: number) => value.toFixed(0).padStart(5);
    console.log(
      `${`${rtt}/${compute}`.padEnd(9)} ${ms(bound.final)}, ${ms(bound.stale)}          ` +
        `${rate.toFixed(1).padStart(6)}     ${ms(figures.final.median)} / ${ms(figures.final.p99)}      ` +
        `${ms(figures.staleness.p99)} / ${ms(figures.staleness.greatest)}           ${goals}`,
    );
  }
  console.log(
    `Each cell: ${DRAGS} drags of ${DRAG_MS / 1000} s after one that is not counted, one move of the mouse a frame; ` +
      `${repeated} had fewer than ${LEAST_RATE} inputs a second and were made again. ` +
      "Final and staleness end when the result is drawn into the page; the next frame shows it.",
  );

  await network.delay("up", 0);
  await network.delay("down", 0);
  await demo.slider("work").fill("0");
  await demo.expectSettled();
  const event = await handling(demo, demo.slider("band-3-gain"));
  const script = await watchScript(page);
  const { inputs } = await drag(demo, page);
  const all = ((await script()) * 1000) / inputs;
  console.log(
    `Main thread: ${event.toFixed(0)} µs to handle an input event (goal 50); in a drag ${all.toFixed(0)} µs of ` +
      "script for each input, with its patch, its answer and the demo's drawing.",
  );
  const path = process.env["FADER_BENCH_JSON"];
  if (path) await writeFile(path, JSON.stringify({ cells: report, input_us: { event, all } }, null, 2));
});
