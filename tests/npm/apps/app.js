/** What each app does: one request, one live result. */
export async function app(client) {
  const sum = await client.request("sum", { a: 2, b: 3 });
  const area = client.live("area", { width: 2, height: sum });
  for await (const { result } of area) {
    if (!result) continue;
    client.close();
    return `${sum} ${result.area}`;
  }
}
