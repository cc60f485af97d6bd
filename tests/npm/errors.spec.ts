import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { connect } from "./support/page.ts";
import { expect, test } from "./support/test.ts";

const dist = join(import.meta.dirname, "node_modules/fader/dist");

test("the stack of an error names who called", async ({ page }) => {
  await connect(page);
  const stacks = await page.evaluate(async () => {
    const calls: Record<string, () => Promise<unknown>> = {
      rejected: async function caller() {
        await client.request("fail");
      },
      timedOut: async function caller() {
        await client.request("slow", 1_000, { timeout: 1 });
      },
      published: async function caller() {
        await client.publish("ticks", { price: -1 });
      },
      streamed: async function caller() {
        for await (const _ of client.stream("countdown", -1));
      },
      refused: async function caller() {
        for await (const _ of (client as unknown as { subscribe(topic: string): AsyncIterable<unknown> }).subscribe("nothing"));
      },
      badArgument: async function caller() {
        await client.request("sum", { a: 1, b: NaN, c: [() => 1] } as never);
      },
      notReady: async function caller() {
        client.close();
        await client.ready();
      },
      closed: async function caller() {
        await client.request("fail");
      },
    };
    const stacks: Record<string, string> = {};
    for (const [name, call] of Object.entries(calls)) {
      await call().catch((error: Error) => (stacks[name] = `${error.stack}`));
    }
    return stacks;
  });
  expect(Object.keys(stacks)).toHaveLength(8);
  for (const [name, stack] of Object.entries(stacks)) {
    expect(stack, name).toMatch(/^FaderError: /);
    expect(stack, name).toMatch(/\bcaller\b/);
  }
});

test("each script has a source map that leads to its source", () => {
  const scripts = readdirSync(dist).filter((name) => name.endsWith(".js"));
  let led = 0;
  for (const script of scripts) {
    const text = readFileSync(join(dist, script), "utf8");
    const [, name] = /\n\/\/# sourceMappingURL=(\S+)\s*$/.exec(text) ?? [];
    expect(name, script).toBe(`${script}.map`);
    const map = JSON.parse(readFileSync(join(dist, `${name}`), "utf8"));
    expect(map.sourcesContent, script).toHaveLength(map.sources.length);
    // Where the package names itself.
    const lines = text.split("\n");
    const line = lines.findIndex((line) => line.includes('"FaderError"'));
    if (line < 0) continue;
    led += 1;
    const found = new SourceMap(map).findEntry(line, lines[line]?.indexOf('"FaderError"') ?? 0);
    expect("originalSource" in found && found.originalSource, script).toMatch(/ts\/error\.ts$/);
  }
  expect(led, "the client, and that of Node").toBe(2);
});

for (const flags of [[], ["--enable-source-maps"]]) {
  for (const [how, call] of Object.entries({ rejects: `await client.request("fail")`, throws: `client.subscribe("")` })) {
    test(`an uncaught error in Node says where it comes from when a call ${how} ${flags}`, async ({ server }) => {
      const script = `import { connect } from "fader"; import WebSocket from "ws";
        const client = await connect("${server.webSocketUrl}", { webSocket: WebSocket });
        async function theApp() {
          ${call};
        }
        await theApp();`;
      const run = promisify(execFile)(process.execPath, [...flags, "--input-type=module", "-e", script], {
        env: { ...process.env, FORCE_COLOR: "0" },
      });
      const { stderr } = (await run.catch((error: unknown) => error)) as { stderr: string };
      expect(stderr).toMatch(/^FaderError: ./m);
      expect(stderr).toContain("theApp");
      expect(stderr).toMatch(/^ +code: '.+'/m);
      expect(Math.max(...stderr.split("\n").map((line) => line.length))).toBeLessThan(200);
      // What rejects has nothing of the package's on its stack.
      expect(stderr.includes("/js/ts/")).toBe(how === "throws" && flags.length > 0);
    });
  }
}
