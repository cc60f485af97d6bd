/** What each app does: one request, one event of a topic, one live result. */
export async function app(client) {
  const sum = await client.request("sum", { a: 2, b: 3 });
  const ticks = client.subscribe("ticks");
  const subscribed = new Promise((resolve) => ticks.on("subscribed", resolve));
  const tick = ticks.next();
  await subscribed;
  await client.publish("ticks", { price: 7 });
  const area = client.live("area", { width: 2, height: sum });
  for await (const { result } of area) {
    if (!result) continue;
    const { value } = await tick;
    client.close();
    return `${sum} ${value.price} ${result.area}`;
  }
}
