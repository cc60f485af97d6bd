// Runs in a page: what one request costs, in the package and in a client as one writes it by hand,
// over a WebSocket within the page that answers at once. Both do the same in turns.

/** The client by hand: one message for each request, no timeouts, no reconnecting. */
export class ByHand {
  #waiting = new Map();
  #next = 1;
  #socket;

  constructor(WebSocket) {
    this.#socket = new WebSocket("ws://fake/");
    this.#socket.onmessage = ({ data }) => {
      const { id, result } = JSON.parse(data);
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      waiting?.resolve(result);
    };
  }

  request(method, params) {
    return new Promise((resolve, reject) => {
      const id = this.#next++;
      this.#waiting.set(id, { resolve, reject });
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
  }
}

/** Delivers each message in a task of its own, as a browser does. */
class Fake {
  readyState = 1;
  #channel = new MessageChannel();

  constructor() {
    this.#channel.port1.onmessage = ({ data }) => this.onmessage?.({ data });
  }

  deliver(text) {
    this.#channel.port2.postMessage(text);
  }

  close() {
    this.readyState = 3;
    this.#channel.port1.close();
  }
}

/** Answers the client by hand. It counts the requests rather than parse them: that is not what is measured. */
export const answeringByHand = (result) =>
  class extends Fake {
    #id = 0;

    send() {
      this.#id += 1;
      this.deliver(`{"id":${this.#id},"result":${result}}`);
    }
  };

/**
 * Answers the package: all requests of a message in one message. It does not look into their
 * parameters, which take this many characters.
 */
export const answering = (result, params) =>
  class extends Fake {
    #id = 0;
    #acknowledged = 0;

    constructor() {
      super();
      queueMicrotask(() => this.onopen?.());
    }

    send(text) {
      // What the client by hand has no use for is done apart: the server is not what is measured.
      if (!text.startsWith("[[10,")) return this.#sendRarely(text);
      let replies = `[[11,${(this.#id += 1)},${result}]`;
      for (let at = 5; (at = text.indexOf("[10,", at + params)) !== -1; ) replies += `,[11,${(this.#id += 1)},${result}]`;
      // More often than a server would, so that the link never waits.
      if (this.#id - this.#acknowledged >= 8) replies += `,[4,${(this.#acknowledged = this.#id)}]`;
      this.deliver(`${replies}]`);
    }

    /** The hello, and a ping, which comes first or alone. */
    #sendRarely(text) {
      const welcome = `{"session":"s","secret":"t","heartbeat_ms":25000,"message_bytes":65536}`;
      if (text.startsWith("[[0,")) return this.deliver(`[[1,${welcome}]]`);
      const ping = /^\[\[2,(\d+)\],?/.exec(text);
      if (!ping) return;
      this.deliver(`[[3,${ping[1]}]]`);
      const rest = text.slice(ping[0].length);
      if (rest !== "]") this.send(`[${rest}`);
    }
  };

/** Microseconds for each of `count` requests, `inFlight` at a time. */
async function cost(client, params, inFlight, count) {
  let left = count;
  const start = performance.now();
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (left > 0) {
        left -= 1;
        await client.request("sum", params);
      }
    }),
  );
  return ((performance.now() - start) * 1000) / count;
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/** What each costs and the ratio, as medians of `rounds` pairs. */
export async function compare({ connect, params, result, inFlight, count, warmUp, rounds }) {
  const text = JSON.stringify(result);
  const byHand = new ByHand(answeringByHand(text));
  const fader = await connect("ws://fake/", { webSocket: answering(text, JSON.stringify(params).length) });
  await fader.ready();
  // Until both are compiled as well as they will be.
  for (const client of [fader, byHand]) await cost(client, params, inFlight, warmUp);
  const pairs = [];
  for (let round = 0; round < rounds; round += 1) {
    // Each goes first every other time.
    const order = round % 2 === 0 ? ["byHand", "fader"] : ["fader", "byHand"];
    const pair = {};
    for (const who of order) {
      pair[who] = await cost(who === "fader" ? fader : byHand, params, inFlight, count);
    }
    pairs.push(pair);
  }
  fader.close();
  return {
    byHand: median(pairs.map((pair) => pair.byHand)),
    fader: median(pairs.map((pair) => pair.fader)),
    ratio: median(pairs.map((pair) => pair.fader / pair.byHand)),
  };
}

/** 8 KB as JSON: what a table of readings looks like. */
const readings = Array.from({ length: 100 }, (_, i) => ({
  id: i,
  name: `reading number ${i}`,
  value: Math.sin(i) * 100,
  valid: i % 3 === 0,
}));

export const rows = [
  { name: "64 in flight, small", target: 0.3, params: { a: 2, b: 3 }, result: 5, inFlight: 64, count: 6_400, warmUp: 100_000, rounds: 30 },
  { name: "1 in flight, small", target: 1.25, params: { a: 2, b: 3 }, result: 5, inFlight: 1, count: 1_000, warmUp: 40_000, rounds: 30 },
  { name: "64 in flight, 8 KB", target: 1.0, params: readings, result: readings, inFlight: 64, count: 640, warmUp: 3_000, rounds: 20 },
  { name: "1 in flight, 8 KB", target: 1.0, params: readings, result: readings, inFlight: 1, count: 300, warmUp: 3_000, rounds: 20 },
];

/** How much each of the page's memories grows over a million requests, in bytes for each request. */
export async function growth({ connect, gc, used }) {
  const params = { a: 2, b: 3 };
  const fader = await connect("ws://fake/", { webSocket: answering("5", JSON.stringify(params).length) });
  await fader.ready();
  await cost(fader, params, 64, 100_000);
  gc();
  const before = used();
  await cost(fader, params, 64, 1_000_000);
  gc();
  const after = used();
  fader.close();
  return after.map((bytes, i) => (bytes - before[i]) / 1_000_000);
}
