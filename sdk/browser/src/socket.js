// The browser's WebSocket, told of by one function.

const OPENED = 0;
const MESSAGE = 1;
/** What a connection ends with that was not closed in order. */
const ABNORMAL = 1006;

const DOCS = "https://github.com/fader-rs/fader/blob/main/docs/when-it-does-not-connect.md";

/**
 * Begins to connect, offering `subprotocols`, which have spaces between them; where the browser
 * refuses to try, answers its reason, a text. Calls `tell` with OPENED, with MESSAGE and the data,
 * or with the code of the close and its reason.
 */
export function open(constructor, url, subprotocols, tell) {
  let socket;
  try {
    socket = new (constructor ?? WebSocket)(url, subprotocols.split(" "));
  } catch (error) {
    return String(error?.message ?? error);
  }
  socket.binaryType = "arraybuffer";
  socket.onopen = () => tell(OPENED);
  socket.onmessage = ({ data }) => tell(MESSAGE, data);
  socket.onclose = ({ code, reason }) => tell(code, reason);
  // An error is always the end. The close event that follows would say the same and nothing
  // else, and after a refusal by a Content Security Policy it does not come at all.
  // The package `ws` says why.
  socket.onerror = (event) => tell(ABNORMAL, event?.message ?? "");
  return socket;
}

/** Closes without waiting for the server's answer, which may never come. */
export function close(socket, code, reason) {
  try {
    socket.close(code, reason);
  } catch {
    // Throws only for a code or a reason that the core does not give.
  }
}

/** Nothing more is told of it. It is closed if it is not yet. */
export function drop(socket) {
  // The package `ws` throws an error that nobody listens to, and it has one to tell when it is
  // closed before it is open.
  socket.on?.("error", ignore);
  socket.onopen = socket.onmessage = socket.onclose = socket.onerror = null;
  close(socket);
}

const ignore = () => {};

/** Tells the developer why there is no connection. */
export function report(kind, code, reason) {
  const details = [code || "", reason].filter(String).join(", ");
  console.warn(`fader: no connection: ${kind}${details && ` (${details})`}. ${DOCS}#${kind}`);
}
