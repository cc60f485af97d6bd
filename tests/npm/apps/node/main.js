import { connect } from "fader";
import WebSocket from "ws";
import { app } from "../app.js";

console.log(await app(await connect(process.argv[2], { webSocket: WebSocket })));
