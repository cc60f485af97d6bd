import type { Page } from "@playwright/test";

/** What happened in one drag, on the page's own clock, in ms. */
export interface Record {
  /** When the page was given each value of the slider. */
  readonly inputs: number[];
  /** When each patch left, and its place in the epoch. */
  readonly sent: { at: number; seq: number }[];
  /** When the answer to a patch was drawn; the next frame shows it. */
  readonly shown: { at: number; seq: number }[];
}

/** Makes the page keep a record, from before it is loaded. */
export async function keepRecord(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const LIVE = 20;
    const record: Record = { inputs: [], sent: [], shown: [] };
    Object.assign(window, { record });
    document.addEventListener("input", () => record.inputs.push(performance.now()), { capture: true });
    const send = WebSocket.prototype.send;
    WebSocket.prototype.send = function (data) {
      if (typeof data === "string" && data.includes(`[${LIVE},`)) {
        const at = performance.now();
        for (const frame of JSON.parse(data) as unknown[][]) {
          if (frame[0] === LIVE) record.sent.push({ at, seq: frame[4] as number });
        }
      }
      send.call(this, data);
    };
    document.addEventListener("DOMContentLoaded", () => {
      new MutationObserver((changes) => {
        for (const { target } of changes) {
          const curve = target as Element;
          if (curve.getAttribute("data-testid") !== "plot-curve") continue;
          record.shown.push({ at: performance.now(), seq: Number(curve.getAttribute("data-seq")) });
        }
      }).observe(document.body, { subtree: true, attributeFilter: ["data-seq"] });
    });
  });
}

/** The record since the last look. */
export async function takeRecord(page: Page): Promise<Record> {
  return page.evaluate(() => {
    const { record } = window as unknown as { record: Record };
    const taken = structuredClone(record);
    for (const list of [record.inputs, record.sent, record.shown]) list.length = 0;
    return taken;
  });
}
