import { chromium, type Page } from "@playwright/test";
import { browser } from "../../shared/browser.ts";
import { withPlainBrowser } from "../../shared/plain-browser.ts";
import { Proxy } from "../../shared/proxy.ts";
import type { WorkInPage } from "../apps/workload/main.ts";
import { fromXtask } from "./environment.ts";
import type { Records } from "./records.ts";
import type { Server } from "./server.ts";
import { expect, test as base } from "./test.ts";
import { sessions, violations } from "./violations.ts";

declare global {
  var work: WorkInPage;
}

/** What happened to a page, beyond what must hold for all. */
export interface Account {
  readonly connects: number;
  readonly sessions: number;
  /** Requests by what became of them: `answered`, or the code of the error. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** The reasons of the gaps in the topic. */
  readonly gaps: readonly string[];
  /** The states of the connection after it was first open, in order. */
  readonly states: readonly string[];
}

/** The page of apps/workload, which does everything all the time. */
export class Workload {
  readonly page: Page;
  readonly #server: Server;
  readonly #uncaught: string[] = [];

  constructor(page: Page, server: Server) {
    this.page = page;
    this.#server = server;
    page.on("pageerror", (error) => this.#uncaught.push(error.message));
  }

  /** Opens the page and waits until everything goes. */
  async open(url: string): Promise<void> {
    await this.page.goto(`${url}workload/`);
    await this.goesOn();
  }

  /** Waits until requests made from now on are answered. */
  async goesOn(): Promise<void> {
    await this.page.waitForFunction(() => globalThis.work);
    const { requests } = await this.#progress();
    await expect.poll(async () => (await this.#progress()).answered).toBeGreaterThan(requests);
  }

  /** How many requests were made, and the number of the newest one that was answered. */
  #progress(): Promise<{ requests: number; answered: number }> {
    return this.page.evaluate(() => {
      const { requests } = work.records();
      const answered = requests.findLastIndex(({ outcome }) => outcome && "reply" in outcome);
      return { requests: requests.length, answered };
    });
  }

  /** Waits until the page has asked for more, whatever comes of it. */
  async works(): Promise<void> {
    const { requests } = await this.#progress();
    await expect.poll(async () => (await this.#progress()).requests).toBeGreaterThan(requests + 20);
  }

  /** Lets the page do nothing new, and waits until it has all answers. */
  async rest(): Promise<void> {
    await this.page.evaluate(() => work.rest());
    await expect.poll(() => this.page.evaluate(() => work.unanswered())).toEqual([]);
  }

  async goOn(): Promise<void> {
    await this.page.evaluate(() => work.goOn());
    await this.goesOn();
  }

  /** Does not let the page wait before its next attempt to connect. */
  async connectNow(): Promise<void> {
    await this.page.evaluate(() => work.client.connectNow());
  }

  async expectState(name: string): Promise<void> {
    await expect.poll(() => this.page.evaluate(() => work.client.state.name)).toBe(name);
  }

  /**
   * Ends the work and expects that everything is right: `violations` says what that is.
   * The network and the server must work again.
   */
  async expectAllIsRight(): Promise<Account> {
    const last = await this.page.evaluate(() => work.finish());
    await expect
      .poll(() => this.page.evaluate(() => work.unfinished()), { timeout: 20_000 })
      .toEqual([]);
    // What the server has said before it ran the last one is known then.
    await expect.poll(() => this.#server.ran).toContain(last);
    const records = await this.page.evaluate(() => work.records());
    expect(violations(records, this.#server.ran)).toEqual([]);
    expect(this.#uncaught).toEqual([]);
    return accountOf(records);
  }
}

function accountOf(records: Records): Account {
  const outcomes: Record<string, number> = {};
  for (const { outcome } of records.requests) {
    const name = outcome && "error" in outcome ? outcome.error : "answered";
    outcomes[name] = (outcomes[name] ?? 0) + 1;
  }
  const gaps = records.topic.flatMap((record) => (record.is === "gap" ? [record.reason] : []));
  return { connects: records.connects, sessions: sessions(records), outcomes, gaps, states: records.states };
}

/** `test` with the workload going on in the page, over a network of the test's own. */
export const test = base.extend<{ network: Proxy; workload: Workload }>({
  network: async ({ server }, use) => {
    const proxy = await Proxy.start(fromXtask("FADER_PROXY_BIN"), server.url);
    await use(proxy);
    await proxy.end();
  },
  workload: async ({ page, server, network }, use) => {
    const workload = new Workload(page, server);
    await workload.open(network.url);
    await use(workload);
  },
});

/** The same in a browser that Playwright watches and does not change. */
export const inPlainBrowser = (...args: string[]) => {
  const settings = browser(fromXtask("FADER_CHROME")).launchOptions;
  return test.extend({
    context: ({}, use) => withPlainBrowser(chromium, { ...settings, args: [...settings.args, ...args] }, use),
    page: async ({ context }, use) => {
      const [page] = context.pages();
      if (!page) throw new Error("a window without a page");
      await use(page);
    },
  });
};

export { expect };
