import { connect } from "./support/page.ts";
import { expect, test } from "./support/test.ts";

test.beforeEach(({ page }) => connect(page));

test("bytes travel as bytes, beside JSON and in order", async ({ page }) => {
  const sent: (string | Buffer)[] = [];
  page.on("websocket", (socket) => socket.on("framesent", ({ payload }) => sent.push(payload)));
  const [replies, kinds, sums] = await page.evaluate(async () => {
    const other = (await fader.connect("/fader")) as unknown as typeof client;
    await other.ready();
    const buffer = new Uint8Array([0, 1, 2, 254, 255]).buffer;
    const view = new Uint8Array(buffer, 1, 3);
    const requests = [
      other.request("reverse", view),
      other.request("reverse", buffer as unknown as Uint8Array),
      other.request("reverse", new DataView(buffer, 3) as unknown as Uint8Array),
      other.request("reverse", new Uint8Array()),
    ];
    const sums = [other.request("sum", { a: 1, b: 2 }), other.request("sum", { a: 3, b: 4 })];
    const last = other.request("reverse", new Uint16Array([0x0201]) as unknown as Uint8Array);
    // What is done to them after the call does not matter.
    new Uint8Array(buffer).fill(9);
    const replies = await Promise.all([...requests, last]);
    await Promise.all([1, 2].map((n) => other.request("reverse", new Uint8Array([n]))));
    const result = [replies.map((reply) => [...reply]), replies.map((reply) => reply.constructor.name), await Promise.all(sums)] as const;
    other.close();
    return result;
  });
  expect(replies).toEqual([[254, 2, 1], [255, 254, 2, 1, 0], [255, 254], [], [2, 1]]);
  expect(new Set(kinds)).toEqual(new Set(["Uint8Array"]));
  expect(sums).toEqual([3, 7]);
  const requests = sent.filter((message) => /"(reverse|sum)"/.test(String(message)));
  expect(requests.map((message) => typeof message === "string")).toEqual([false, true, false, false]);
  const [first] = requests as [Buffer];
  const text = first.subarray(4, 4 + first.readUInt32BE());
  expect(JSON.parse(String(text))).toEqual([
    [10, 1, "reverse", [0, 3]],
    [10, 2, "reverse", [3, 5]],
    [10, 3, "reverse", [8, 2]],
    [10, 4, "reverse", [10, 0]],
  ]);
  expect([...first.subarray(4 + text.length)]).toEqual([1, 2, 254, 0, 1, 2, 254, 255, 254, 255]);
});

test("messages of bytes keep to the server's limit", async ({ page }) => {
  const sent: Buffer[] = [];
  page.on("websocket", (socket) =>
    socket.on("framesent", ({ payload }) => typeof payload === "string" || sent.push(payload)),
  );
  const lengths = await page.evaluate(async () => {
    const other = (await fader.connect("/fader")) as unknown as typeof client;
    await other.ready();
    const replies = await Promise.all(Array.from({ length: 5 }, () => other.request("reverse", new Uint8Array(20_000))));
    other.close();
    return replies.map(({ length }) => length);
  });
  expect(lengths).toEqual(Array(5).fill(20_000));
  const counts = sent.map((message) => {
    const length = message.readUInt32BE();
    const frames = JSON.parse(String(message.subarray(4, 4 + length)));
    expect(message).toHaveLength(4 + length + 20_000 * frames.length);
    return frames.length;
  });
  expect(counts).toEqual([3, 2]);
});

test("events are bytes, and a subscriber gets its own", async ({ page }) => {
  const [events, room] = await page.evaluate(async () => {
    const files = client.subscribe("files");
    const begun = new Promise((resolve) => files.on("subscribed", resolve));
    const reading = files.next();
    await begun;
    await client.publish("files", new Uint8Array([1, 2, 3]));
    await client.publish("files", new Uint8Array(3000).fill(7));
    const second = (await files.next()).value;
    const first = (await reading).value ?? new Uint8Array();
    files.close();
    return [[[...first], second?.length, second?.[2999]], first.buffer.byteLength];
  });
  expect(events).toEqual([[1, 2, 3], 3000, 7]);
  expect(room).toBe(3);
});

test("the wrong kind, and too many bytes, are refused, and nothing else is harmed", async ({ page }) => {
  const failures = await page.evaluate(async () => {
    const failure = (request: Promise<unknown>) =>
      request.then(
        () => "none",
        ({ code, rejection, message }) => `${code} ${rejection}: ${message}`,
      );
    return Promise.all([
      failure(client.request("sum", new Uint8Array(2) as never)),
      failure(client.request("reverse", "text" as never)),
      failure(client.request("reverse", new Uint8Array(65_536))),
      failure(client.publish("files", {} as never)),
      client.request("reverse", new Uint8Array(65_000)).then((reply) => String(reply.length)),
    ]);
  });
  expect(failures[0]).toBe("rejected bad-params: rejected: bad-params: JSON was expected, and bytes came");
  expect(failures[1]).toContain("bytes were expected, and JSON came");
  expect(failures[2]).toContain("at most 65534 are allowed");
  expect(failures[3]).toContain("bytes were expected, and JSON came");
  expect(failures[4]).toBe("65000");
});

test("the values of a live model are JSON", async ({ page }) => {
  const message = await page.evaluate(() => {
    try {
      client.live("area", { width: new Uint8Array(1) as never, height: 1 });
    } catch (error) {
      return String(error);
    }
    return "none";
  });
  expect(message).toContain("model.width is a Uint8Array");
});

test("buffers and views of an iframe are bytes", async ({ page }) => {
  const replies = await page.evaluate(async () => {
    const frame = document.body.appendChild(document.createElement("iframe"));
    const { ArrayBuffer, Uint8Array, DataView } = frame.contentWindow as unknown as typeof globalThis;
    const view = new Uint8Array([1, 2, 3]);
    const all = [view, view.buffer, new DataView(view.buffer, 1), new ArrayBuffer(2)];
    return Promise.all(all.map(async (bytes) => [...(await client.request("reverse", bytes as globalThis.Uint8Array))]));
  });
  expect(replies).toEqual([[3, 2, 1], [3, 2, 1], [3, 2], [0, 0]]);
});
