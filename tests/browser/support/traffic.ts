import type { Page, WebSocket } from "@playwright/test";

/** A change of the equaliser, as the page sends it. */
export interface LivePatch {
  readonly phase: "preview" | "commit" | "cancel";
  /** The bands and settings that it holds. */
  readonly keys: string[];
}

const LIVE = 20;
const PHASES = ["preview", "commit", "cancel"] as const;

/** What a page sends, from before it is loaded. */
export class Traffic {
  /** The WebSockets that the page has opened, in order. */
  readonly sockets: WebSocket[] = [];
  /** The changes of the equaliser that it has sent over them. */
  readonly patches: LivePatch[] = [];

  /** How many commits were sent after the first so many patches. */
  commitsSince(sent: number): number {
    return this.patches.slice(sent).filter(({ phase }) => phase === "commit").length;
  }

  constructor(page: Page) {
    page.on("websocket", (socket) => {
      this.sockets.push(socket);
      socket.on("framesent", ({ payload }) => {
        const frames = JSON.parse(String(payload)) as unknown[][];
        this.patches.push(...frames.filter(([code]) => code === LIVE).map(livePatch));
      });
    });
  }
}

/** Reads `[20, group, name, epoch, seq, phase, commit, patch]`. */
function livePatch(frame: unknown[]): LivePatch {
  const phase = PHASES[frame[5] as number];
  if (!phase) throw new Error(`not a live frame: ${JSON.stringify(frame)}`);
  return { phase, keys: Object.keys(frame[7] as object) };
}
