import { connect } from "fader";
import { app } from "../app.js";

document.title = await app(await connect("/fader"));
