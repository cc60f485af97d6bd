// @vitest-environment jsdom
import { expect, test, vi } from "vitest";
import { connect } from "fader";
import WebSocket from "ws";
import { tests } from "./tests.cjs";

const clock = {
  install: () => vi.useFakeTimers(),
  remove: () => vi.useRealTimers(),
  advance: (ms) => vi.advanceTimersByTimeAsync(ms),
};
tests({ test, expect, clock, connect, WebSocket });
