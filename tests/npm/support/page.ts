import type { Page } from "@playwright/test";
import type { Client } from "fader";
import type { Api } from "../api.ts";

/** What the code of a test finds in the page, as globals. */
declare global {
  var fader: typeof import("fader");
  var rxjs: typeof import("rxjs");
  /** A client that is connected; closed at the end of the test. */
  var client: Client<Api>;
  /** Waits until something holds, for at most 5 s. */
  var until: (holds: () => unknown) => Promise<void>;
}

/** Imports the package in the page. */
export async function load(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const load = (path: string) => import(path);
    globalThis.fader = await load("/fader/fader.js");
    globalThis.rxjs = await load("/rxjs.js");
    globalThis.until = async (holds) => {
      const end = performance.now() + 5_000;
      while (!holds()) {
        if (performance.now() > end) throw new Error(`not within 5 s: ${holds}`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    };
  });
}

/** Imports the package in the page and connects. */
export async function connect(page: Page): Promise<void> {
  await load(page);
  await page.evaluate(async () => {
    globalThis.client = await fader.connect<Api>("/fader");
    await client.ready({ timeout: 5_000 });
  });
}

/** Uses a page to wait until the server has counted so far on. */
export async function count(page: Page, url: string, far: number): Promise<void> {
  await page.goto(url);
  await connect(page);
  await page.evaluate(async (far) => {
    const counts = client.subscribe("counts");
    while (far-- > 0) await counts.next();
  }, far);
}
