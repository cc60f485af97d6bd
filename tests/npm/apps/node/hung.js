// A server that accepts connections and never answers.
import { once } from "node:events";
import { createServer } from "node:net";
import { connect } from "fader";
import WebSocket from "ws";

const hung = createServer(() => {}).listen(0, "127.0.0.1");
await once(hung, "listening");
const sockets = [];
hung.on("connection", (socket) => sockets.push(socket));
const client = await connect(`ws://127.0.0.1:${hung.address().port}/`, { webSocket: WebSocket });
await once(hung, "connection");
client.close();
// What the socket has to say comes later.
setTimeout(() => {
  console.log(client.state.name);
  for (const socket of sockets) socket.destroy();
  hung.close();
}, 200);
