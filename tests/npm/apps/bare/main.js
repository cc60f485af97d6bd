import { connect } from "/fader/fader.js";
import { app } from "/app.js";

document.title = await app(await connect("/fader"));
