// What `connect` loads for its option `debug`.
import type { Client } from "./client.js";
import type { ConnectOptions, DebugOptions, WebSocketConstructor } from "./types.js";

/** What must not be in a log. */
const HIDDEN = "(hidden)";

/** Options that tell of every WebSocket, and what tells of a client. */
export function debugging(options: ConnectOptions): [ConnectOptions, (client: Client<never>) => void] {
  const { log = console.debug.bind(console, "fader:"), frames = false }: DebugOptions =
    typeof options.debug === "object" ? options.debug : {};
  const follow = (client: Client<never>) => {
    client.on("state", (state) => log(`state: ${state.name}`, state));
    client.on("error", (cause) => log(`cause: ${cause.kind}`, cause));
  };
  return [{ ...options, webSocket: watched(options.webSocket ?? WebSocket, log, frames) }, follow];
}

function watched(Socket: WebSocketConstructor, log: NonNullable<DebugOptions["log"]>, frames: boolean) {
  let count = 0;
  // A function that is called with `new` and answers an object makes that one.
  return function (url: string, protocols?: string[]) {
    const name = `socket ${(count += 1)}`;
    // A query may hold what is secret.
    log(`${name} dials ${url.split("?")[0]}`, protocols);
    const socket = new Socket(url, protocols);
    socket.addEventListener?.("open", () => log(`${name} is open, with the subprotocol ${socket.protocol}`));
    socket.addEventListener?.("close", ({ code, reason }: CloseEvent) => log(`${name} is closed: ${code} ${reason}`));
    if (frames) {
      socket.addEventListener?.("message", ({ data }: MessageEvent) => log(`${name} receives`, shown(data)));
      const send = socket.send;
      socket.send = (message: unknown) => {
        log(`${name} sends`, shown(message));
        send.call(socket, message);
      };
    }
    return socket;
  } as unknown as WebSocketConstructor;
}

/** A message as a log may have it: its frames, without credentials and the secrets of sessions. */
export function shown(message: unknown): unknown {
  if (typeof message !== "string") return `${(message as ArrayBuffer).byteLength} bytes`;
  try {
    return (JSON.parse(message) as unknown[][]).map(([code, first, ...rest]) => {
      if (code === 0 || code === 1) return [code, JSON.parse(JSON.stringify(first, hide))];
      // Credentials are a text; what answers them is a time.
      if (code === 23 && typeof first === "string") return [code, HIDDEN];
      return [code, first, ...rest];
    });
  } catch {
    return `${message.length} characters that are not understood`;
  }
}

const hide = (key: string, value: unknown) => (key === "secret" || key === "credentials" ? HIDDEN : value);
