import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { BrowserContext, BrowserType } from "playwright";
import type { browser } from "./browser.ts";

/**
 * Uses a browser that Playwright watches and does not change. In its own browsers, all pages believe
 * that they have the focus, and such a page cannot be frozen; nothing is ever throttled there, and
 * there is no back/forward cache.
 */
export async function withPlainBrowser(
  chromium: BrowserType,
  { executablePath, args }: ReturnType<typeof browser>["launchOptions"],
  use: (context: BrowserContext) => Promise<void>,
): Promise<void> {
  const profile = await mkdtemp(join(tmpdir(), "fader-browser-"));
  const process = spawn(
    executablePath,
    [...args, "--remote-debugging-port=0", `--user-data-dir=${profile}`, "about:blank"],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  const exited = once(process, "exit");
  const endpoint = await new Promise<string>((resolve, reject) => {
    process.once("error", reject);
    const lines = createInterface({ input: process.stderr });
    lines.on("line", (line) => {
      const listening = /^DevTools listening on (ws:\S+)$/.exec(line);
      if (listening?.[1]) resolve(listening[1]);
    });
    lines.once("close", () => reject(new Error("the browser ended")));
  });
  const browser = await chromium.connectOverCDP(endpoint, { noDefaults: true });
  const [context] = browser.contexts();
  if (!context) throw new Error("a browser without a window");
  await use(context);
  await (await browser.newBrowserCDPSession()).send("Browser.close");
  await exited;
  await rm(profile, { recursive: true });
}
