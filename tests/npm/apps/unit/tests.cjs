/** The tests of an app that uses the package, for any runner: `clock` installs fake timers, and takes them away. */
exports.tests = ({ test, expect, clock, connect, WebSocket }) => {
  const made = () => connect(process.env.FADER_SERVER, { webSocket: WebSocket });
  const sum = (client) => client.request("sum", { a: 2, b: 3 });
  /** What takes too long is given up when the clock of the moment says so. */
  const givesUp = async (client) => {
    const slow = client.request("slow", 60_000, { timeout: 2_000 }).catch(({ code }) => code);
    // What follows has left, and so has this.
    await sum(client);
    await clock.advance(2_100);
    expect(await slow).toBe("timed-out");
  };

  test("without fake timers", async () => {
    const client = await made();
    expect(await sum(client)).toBe(5);
    client.close();
  });

  test("with fake timers that were there before", async () => {
    clock.install();
    const client = await made();
    expect(await sum(client)).toBe(5);
    await givesUp(client);
    clock.remove();
    expect(await sum(client)).toBe(5);
    client.close();
  });

  test("with fake timers that come later, and go", async () => {
    const client = await made();
    await client.ready();
    clock.install();
    expect(await sum(client)).toBe(5);
    await givesUp(client);
    clock.remove();
    expect(await sum(client)).toBe(5);
    client.close();
  });

  test("with fake timers that stand still, what comes is told", async () => {
    clock.install();
    const client = await made();
    const area = client.live("area", { width: 2, height: 3 });
    const result = await new Promise((resolve) => area.subscribe(({ result }) => result && resolve(result)));
    expect(result).toEqual({ area: 6 });
    clock.remove();
    client.close();
  });
};
