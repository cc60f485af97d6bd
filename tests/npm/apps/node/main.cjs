const { connect } = require("fader");
const WebSocket = require("ws");

async function main() {
  const { app } = await import("../app.js");
  console.log(await app(await connect(process.argv[2], { webSocket: WebSocket })));
}

void main();
