const { connect } = require("fader");
const { FakeSocket } = require("./fake-socket.cjs");
const { tests } = require("./tests.cjs");

const clock = {
  install: () => jest.useFakeTimers(),
  remove: () => jest.useRealTimers(),
  advance: (ms) => jest.advanceTimersByTimeAsync(ms),
};
tests({ test, expect, clock, connect, WebSocket: FakeSocket });
