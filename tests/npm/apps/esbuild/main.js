import { connect } from "fader";
// esbuild, with `--loader:.wasm=file`.
import wasm from "fader/fader.wasm";
import { app } from "../app.js";

document.title = await app(await connect("/fader", { wasm: new URL(wasm, import.meta.url) }));
