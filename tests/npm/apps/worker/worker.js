import { connect } from "/fader/fader.js";
import { app } from "/app.js";

postMessage(await app(await connect("/fader")));
