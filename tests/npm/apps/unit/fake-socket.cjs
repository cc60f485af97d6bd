/** A WebSocket to a server that adds, has an area, and is slow at all else. Jest's fake timers also stop `process.nextTick`, without which `ws` stands still. */
exports.FakeSocket = class {
  readyState = 0;
  constructor() {
    void Promise.resolve().then(() => {
      this.readyState = 1;
      this.onopen();
    });
  }
  send(text) {
    for (const [kind, id, name, params, seq, , , { width, height } = {}] of JSON.parse(text)) {
      if (kind === 0) {
        this.#say([1, { session: "s", secret: "t", resumed: false, received: 0, heartbeat_ms: 25_000, message_bytes: 65_536 }]);
      } else if (kind === 2) this.#say([3, id]);
      else if (kind === 10 && name === "sum") this.#say([11, id, params.a + params.b]);
      else if (kind === 20) this.#say([21, id, params, seq, 0, 0, { area: width * height }]);
    }
  }
  close() {
    this.readyState = 3;
  }
  #say(frame) {
    void Promise.resolve().then(() => this.onmessage?.({ data: JSON.stringify([frame]) }));
  }
};
