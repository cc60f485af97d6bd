// What the client asks of the page, in one module: where nothing bundles, as with Trunk, each
// module is a request. Sockets first, then timers, URLs, and the page's lifecycle.

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

// Timers of the page.

/** Calls `tell` in `ms` milliseconds, unless what it returns is called before. */
export function start(ms, tell) {
  // The one that belongs to it: tests put another clock in the place of the browser's at any time.
  const { clearTimeout } = globalThis;
  const id = setTimeout(tell, ms);
  return () => clearTimeout(id);
}

// What the browser knows of URLs.

/** What relative URLs are relative to: this page, or this worker. */
const here = () => globalThis.document?.baseURI ?? globalThis.location?.href;

/**
 * Whether the browser refuses connections that are not encrypted. Unlike the location,
 * the origin is right for frames and workers made of a blob, too.
 */
const isEncrypted = () => String(globalThis.origin).startsWith("https:");

/** Browsers trust a connection within the machine without encryption. */
const LOOPBACK = /^(127\.[\d.]+|\[::1\]|(.+\.)?localhost)$/;

/**
 * The WebSocket URL that `url` means here. Otherwise what is wrong with it: "?" if it cannot be
 * read, "#" if it has a fragment, "!" if the browser would refuse it, or its scheme.
 */
export function resolve(url, base = here(), encrypted = isEncrypted()) {
  let parsed;
  try {
    parsed = new URL(url, base || undefined);
  } catch {}
  // Relative to a page, nothing is the page itself: never what was meant.
  if (!parsed || !url.trim()) return "?";
  const { protocol } = parsed;
  if (protocol === "http:" || protocol === "https:") parsed.protocol = protocol.replace("http", "ws");
  else if (protocol !== "ws:" && protocol !== "wss:") return protocol.slice(0, -1);
  // A fragment may be empty.
  if (parsed.href.includes("#")) return "#";
  if (encrypted && parsed.protocol === "ws:" && !LOOPBACK.test(parsed.hostname)) return "!";
  return parsed.href;
}

// What happens to the page. A worker has no page and hears nothing.

const { window, document } = globalThis;

/** In the order of `CHANGES` in `lifecycle.rs`. */
const CHANGES = [
  [window, "online"],
  [window, "offline"],
  [window, "pageshow"],
  [window, "pagehide"],
  [document, "freeze"],
  [document, "resume"],
  [document, "visibilitychange"],
];

/** Calls `tell` with the index of each change, until what it returns is called. */
export function listen(tell) {
  const on = ({ type }) => {
    if (type === "visibilitychange" && document.visibilityState !== "visible") return;
    tell(CHANGES.findIndex(([, of]) => of === type));
  };
  for (const [target, type] of CHANGES) target?.addEventListener(type, on);
  return () => {
    for (const [target, type] of CHANGES) target?.removeEventListener(type, on);
  };
}

/** Whether the browser says that there is no network. */
export const isOffline = () => window?.navigator.onLine === false;
