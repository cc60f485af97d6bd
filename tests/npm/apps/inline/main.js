import { connect } from "fader/inline";
import { app } from "../app.js";

document.title = await app(await connect("/fader"));
