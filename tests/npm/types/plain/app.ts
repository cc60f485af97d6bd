import { connect, type Client } from "fader";

export async function total(url: string): Promise<unknown> {
  const client: Client = await connect(url);
  try {
    return await client.request("sum", { a: 2, b: 3 });
  } finally {
    client.close();
  }
}
