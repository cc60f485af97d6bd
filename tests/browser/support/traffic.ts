import type { Page, WebSocket } from "@playwright/test";

/** A change of the equaliser, as the page sends it. */
export interface LivePatch {
  readonly phase: "preview" | "commit" | "cancel";
  /** The bands and settings that it holds. */
  readonly keys: string[];
}

const WELCOME = 1;
const LIVE = 20;
const PHASES = ["preview", "commit", "cancel"] as const;

/** What a page and its server say to each other, from before it is loaded. */
export class Traffic {
  /** The WebSockets that the page has opened, in order. */
  readonly sockets: WebSocket[] = [];
  /** The changes of the equaliser that it has sent over them. */
  readonly patches: LivePatch[] = [];
  /** What each welcome said of the session: whether it goes on. */
  readonly resumed: boolean[] = [];

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
      socket.on("framereceived", ({ payload }) => {
        for (const [code, options] of JSON.parse(String(payload)) as unknown[][]) {
          if (code === WELCOME) this.resumed.push((options as { resumed: boolean }).resumed);
        }
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
