import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "./support/test.ts";

// Each runs the tests of apps/unit: with and without fake timers, which come before the client or after it.
for (const [runner, ...args] of [
  ["vitest", "node_modules/vitest/vitest.mjs", "run", "--root", "apps/unit", "--reporter", "json"],
  ["jest", "node_modules/jest/bin/jest.js", "--rootDir", "apps/unit", "--config", "apps/unit/jest.config.cjs", "--json"],
] as const) {
  test(`${runner}: an app's own tests`, async ({ server }) => {
    const { stdout } = await promisify(execFile)(process.execPath, args, {
      env: { ...process.env, FADER_SERVER: server.webSocketUrl, NODE_OPTIONS: "" },
    }).catch((failed: { stdout: string; stderr: string }) => {
      throw new Error(`${failed.stdout}\n${failed.stderr}`);
    });
    const { numPassedTests, numTotalTests } = JSON.parse(stdout) as Record<string, number>;
    expect([numPassedTests, numTotalTests]).toEqual(runner === "vitest" ? [8, 8] : [4, 4]);
  });
}
