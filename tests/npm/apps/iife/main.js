import { connect } from "fader";
import { app } from "../app.js";

// A classic script, which may be in a page that no server gave.
connect(location.hash.slice(1) || "/fader").then(async (client) => {
  document.title = "connected";
  document.title = await app(client);
});
