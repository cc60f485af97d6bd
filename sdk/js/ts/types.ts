/**
 * What page and server exchange. For a server in Rust, the crate `fader-typescript` writes it from the contract.
 *
 * ```ts
 * interface Api {
 *   methods: { sum: { params: { a: number; b: number }; reply: number } };
 *   streams: { countdown: { params: number; item: number } };
 *   topics: { ticks: { price: number } };
 *   members: { ticks: { name: string } };
 *   live: { eq: { model: { gain: number }; result: { db: number[] } } };
 * }
 * const client = await connect<Api>("/fader");
 * ```
 *
 * What a server does not offer may be left out; then none of it can be asked for.
 */
export interface AnyApi {
  methods: Record<string, { params: unknown; reply: unknown }>;
  streams: Record<string, { params: unknown; item: unknown }>;
  topics: Record<string, unknown>;
  members: Record<string, unknown>;
  live: Record<string, { model: Record<string, unknown>; result: unknown }>;
}

/** A part of an API; nothing where it has no such part. */
type Part<A, P extends string> = A extends { [K in P]: infer T } ? T : Record<never, never>;
type Methods<A> = Part<A, "methods">;
type Streams<A> = Part<A, "streams">;
type Topics<A> = Part<A, "topics">;
type Members<A> = Part<A, "members">;
type Groups<A> = Part<A, "live">;

/** The names of an API's methods. */
export type MethodName<A> = keyof Methods<A> & string;
/** The parameters of a method. */
export type Params<A, M extends MethodName<A>> = Methods<A>[M] extends { params: infer P } ? P : never;
/** The reply of a method. */
export type Reply<A, M extends MethodName<A>> = Methods<A>[M] extends { reply: infer R } ? R : never;
/** The names of an API's methods that answer with many items. */
export type StreamName<A> = keyof Streams<A> & string;
/** The parameters of such a method. */
export type StreamParams<A, M extends StreamName<A>> = Streams<A>[M] extends { params: infer P } ? P : never;
/** What such a method answers with, many times. */
export type Item<A, M extends StreamName<A>> = Streams<A>[M] extends { item: infer I } ? I : never;
/** The names of an API's topics. */
export type TopicName<A> = keyof Topics<A> & string;
/** What is published to a topic. */
export type TopicEvent<A, T extends TopicName<A>> = Topics<A>[T];
/** What the subscribers of a topic are told of each other. */
export type Member<A, T extends TopicName<A>> = T extends keyof Members<A> ? Members<A>[T] : unknown;
/** The names of an API's live groups. */
export type GroupName<A> = keyof Groups<A> & string;
/** What a person changes in a live group. */
export type Model<A, G extends GroupName<A>> = Groups<A>[G] extends { model: infer M } ? M : never;
/** What the server computes for a live group. */
export type Result<A, G extends GroupName<A>> = Groups<A>[G] extends { result: infer R } ? R : never;

/** Where a server is. */
export type ServerUrl = string | URL;

/** How a client is made. */
export interface ConnectOptions {
  /**
   * The package's `.wasm`, for pages that load it their own way: a URL, a `Response`, its bytes or
   * a compiled module. By default it is fetched from beside the script. Loaded once for all clients.
   */
  wasm?: WasmSource | PromiseLike<WasmSource> | undefined;
  /**
   * Gives the credentials that the server asks for, such as a token. Called for each attempt to
   * connect, again before they expire, and after `renewCredentials`. Text reaches the server as it is, any other
   * value as JSON; `null` and `undefined` are none, for a client that is nobody in particular.
   * If it throws, rejects, or takes longer than 10 s, the attempt has failed, and there is another.
   */
  credentials?: (() => unknown) | undefined;
  /** How long dialing and the server's welcome may take together, in milliseconds. Default 10,000. */
  dialTimeout?: number | undefined;
  /** How long a request may take that has no `timeout` of its own, in milliseconds. Default 30,000. */
  requestTimeout?: number | undefined;
  /** When to connect again after a connection was lost or an attempt failed. */
  backoff?: BackoffOptions | undefined;
  /** When to ask whether the server is still there. */
  heartbeat?: HeartbeatOptions | undefined;
  /** How much may wait. */
  queue?: QueueOptions | undefined;
  /** Used in place of the global `WebSocket`, for Node (`ws`) or tests. */
  webSocket?: WebSocketConstructor | undefined;
  /**
   * Logs each WebSocket, state and cause, with `console.debug` or a function of yours; on demand all frames.
   * Credentials and secrets of sessions are left out, but not what your app sends. Its code is only loaded if wanted.
   * Default false.
   */
  debug?: boolean | DebugOptions | undefined;
}

/** What is logged, and how. */
export interface DebugOptions {
  /** Takes a text and what belongs to it. Default `console.debug`. */
  log?: ((what: string, ...details: unknown[]) => void) | undefined;
  /** Every message, too. Default false. */
  frames?: boolean | undefined;
}

/** When to connect again. Times are in milliseconds. */
export interface BackoffOptions {
  /** The bound of the first wait. Default 500. */
  base?: number | undefined;
  /** The bound of all waits. Default 30,000. */
  cap?: number | undefined;
  /** How long a connection must have been open for the waits to begin anew. Default 5,000. */
  minUptime?: number | undefined;
  /** How many attempts may be made in quick succession, whatever asks for them. Default 10. */
  budget?: number | undefined;
  /** How long it takes for one more attempt to be allowed. Default 5,000. */
  budgetRefill?: number | undefined;
}

/** When to ask whether the server is still there. Times are in milliseconds. */
export interface HeartbeatOptions {
  /** How often to ask, unless the server wants it otherwise. Default 25,000. */
  interval?: number | undefined;
  /** How long the answer may take. Default 10,000. */
  timeout?: number | undefined;
  /** How long it may take when there is reason for doubt, such as a page that was frozen. Default 3,000. */
  probeTimeout?: number | undefined;
}

/** How much may wait. */
export interface QueueOptions {
  /** The most requests that wait to be sent. Default 1,024. */
  requests?: number | undefined;
  /** The most bytes of their parameters. Default 1 MiB. */
  bytes?: number | undefined;
  /** The most requests, streams included, that are sent and not answered; more wait. Default 256. */
  inFlight?: number | undefined;
  /** The most items of each stream that wait for its reader. Default 64. */
  streamItems?: number | undefined;
}

/** Where the wasm comes from. */
export type WasmSource = URL | string | Request | Response | BufferSource | WebAssembly.Module;

/** What can stand in for `WebSocket`: as in a browser, or the package `ws`. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type WebSocketConstructor = new (url: string, protocols?: string[]) => any;

/** How a request is made. */
export interface RequestOptions {
  /** How long it may take from the call to the reply, in milliseconds. Default 30,000. */
  timeout?: number | undefined;
  /** Gives the request up: it rejects with `signal.reason`, and its work at the server is stopped. */
  signal?: AbortSignal | undefined;
  /**
   * Names the request, so that it runs only once however often it is sent: if the server may have
   * lost it, it is sent again. 1 to 128 bytes, hard to guess: `crypto.randomUUID()`.
   */
  idempotencyKey?: string | undefined;
  /**
   * Of use only now: without a connection it fails at once, as `not-sent`. It is never sent again, so an
   * `idempotencyKey` with it is a `bad-argument`. Default false.
   */
  volatile?: boolean | undefined;
}

/** How a stream is asked for. */
export interface StreamOptions {
  /** Gives the stream up: its reader gets `signal.reason`, and the server is told to stop. */
  signal?: AbortSignal | undefined;
}

/** How an event is published: as a request is made. */
export type PublishOptions = RequestOptions;

/** A place in the sequence of a topic's events. */
export interface Position {
  /** Identifies the sequence. A server that has forgotten it begins another. */
  readonly epoch: string;
  /** How many events of the sequence came up to here, this one included. */
  readonly offset: number;
}

/** What is wanted of a topic. */
export interface SubscribeOptions {
  /** Everything after this position, as far as the server keeps it. Default: what is published from now on. */
  since?: Position | undefined;
  /** Without `since`: the last event as well, if there is one. Default false. */
  last?: boolean | undefined;
  /** To be told who is subscribed: `members` of the subscription. Default false. */
  presence?: boolean | undefined;
  /** The most events that wait for the reader; they take at most 4 MiB as well. Default 256. */
  buffer?: number | undefined;
  /** Where there is no room: the oldest makes way, and a gap says so. */
  overflow?: "drop-oldest" | undefined;
}

/** Events of a topic that will not come. */
export interface Gap {
  /** The offset of the first one missing. */
  readonly from: number;
  /** The offset of the last one missing. */
  readonly to: number;
  /** Why: `overflow` (the reader was too slow), `too-slow`, `not-kept`, `new-epoch`, `unannounced`, or a server's own. */
  readonly reason: string;
}

/** The server has accepted a subscription. */
export interface Subscribed {
  /** What follows comes after this. */
  readonly position: Position;
  /** Nothing is missing after the position that the subscription had reached. */
  readonly recovered: boolean;
}

/** The state of the connection. */
export type State =
  /** Not connected and not trying, while the page is frozen. */
  | { readonly name: "idle" }
  /** Dialing, or waiting for the server's welcome. `attempt` counts from 1. */
  | { readonly name: "connecting"; readonly attempt: number }
  /** Requests and live input flow. */
  | { readonly name: "open" }
  /** Waiting before the next attempt, made at `until` (milliseconds, as `performance.now()`). */
  | { readonly name: "waiting"; readonly attempt: number; readonly until: number; readonly cause: Cause | undefined }
  /**
   * The server refused the credentials twice in a row, or pages of this origin: it takes the app to change that.
   * Another attempt is made at once after `renewCredentials()`, and rarely by itself, at `until`.
   */
  | { readonly name: "refused"; readonly attempt: number; readonly until: number; readonly cause: Cause }
  /** The browser says that there is no network. */
  | { readonly name: "offline" }
  /** Done, for good. The WebSocket close `code` and the `cause` are there where the server refused the client. */
  | {
      readonly name: "closed";
      readonly code: number | undefined;
      readonly reason: string;
      readonly cause: Cause | undefined;
    };

/** Why a connection was lost, or an attempt to make one failed. */
export interface Cause {
  readonly kind: CauseKind;
  /** The WebSocket close code, of whichever end closed; 1006 if neither did, and 0 if there was nothing to close. */
  readonly code: number;
  /** What the server, the browser or the app gave as the reason; often empty. */
  readonly reason: string;
  /** Which attempt it was, counted from 1 since the connection was last stable. */
  readonly attempt: number;
  /** When it happened (milliseconds, as `performance.now()`). */
  readonly at: number;
}

/** The kinds of causes. The page "When it does not connect" of the documentation has a section on each. */
export type CauseKind =
  | "unreachable"
  | "offline"
  | "lost"
  | "timeout"
  | "no-credentials"
  | "refused-credentials"
  | "origin"
  | "version"
  | "protocol"
  | "too-large"
  | "too-slow"
  | "replaced"
  | "server-going"
  | "server-busy"
  | "closed";

/** Figures on a client. */
export interface Stats {
  /** The last measured round trip, in milliseconds; `undefined` without a connection. */
  readonly rttMs: number | undefined;
  /** Requests that wait to be sent. */
  readonly queued: number;
  /** Requests that are sent and not answered. */
  readonly inFlight: number;
  /** How often a connection was established. */
  readonly connects: number;
  /** How often the session went on over a new one. */
  readonly resumes: number;
  /** What was sent and is kept until the server is known to have it. */
  readonly unacknowledged: number;
  /** What could not be kept so long because there was too much of it. */
  readonly overflowed: number;
}

/**
 * When the previews of a gesture leave. A commit leaves at once under every policy, and the final
 * value is never lost under any.
 *
 * - `adaptive` (default): just in time for when the server is predicted to be free.
 * - `every-frame`: at most one each 1/60 s, however busy the server is.
 * - `{ throttle: ms }`: at most one in each interval, the newest at its end.
 * - `{ debounce: ms }`: when the input has paused for that long.
 * - `on-commit`: never; only commits leave.
 */
export type Policy = "adaptive" | "every-frame" | "on-commit" | { throttle: number } | { debounce: number };

/** How a live group is opened. */
export interface LiveOptions {
  /** When previews leave. Default `adaptive`. */
  policy?: Policy | undefined;
}

/** What is known of a live group at one time. Never changed once given out, but for `stalenessMs`. */
export interface LiveState<M, R> {
  /** The model as it was set last, here or elsewhere. */
  readonly model: Readonly<M>;
  /** The newest result; `undefined` before the first. An error leaves it as it is. */
  readonly result: R | undefined;
  /** Something set locally is not answered yet, or about to be committed because the input has paused. */
  readonly pending: boolean;
  /** Patches sent and not answered. */
  readonly inFlight: number;
  /** A person holds a control of the group. */
  readonly gesture: boolean;
  /** The server has not answered for suspiciously long, though connected. */
  readonly stalled: boolean;
  /** The result is a coarse one; the full one is being computed. */
  readonly partial: boolean;
  /**
   * How long ago, in milliseconds, the oldest input was made that the group's result does not contain; 0 if
   * it contains all. It is that of the moment at which it is read, so it grows while an answer is missing.
   */
  readonly stalenessMs: number;
  /** The round trip without wait and service, in milliseconds, of the last answer. */
  readonly rttMs: number | undefined;
  /** How long the last answered patch waited for the server's worker, in milliseconds. */
  readonly waitMs: number | undefined;
  /** How long the server's worker took for it, in milliseconds. */
  readonly serviceMs: number | undefined;
  /** Why the last answer was no result. */
  readonly error: Error | undefined;
  /** Patches sent in the last second, to a tenth of it. */
  readonly framesPerSecond: number;
  /** Results shown in the last second, coarse ones not included; measured likewise. */
  readonly resultsPerSecond: number;
  /** What happened since the group was opened. */
  readonly counters: LiveCounters;
}

/** What happened to a live group since it was opened. */
export interface LiveCounters {
  /** Calls of `set` that changed something. */
  readonly inputs: number;
  /** Patches sent. */
  readonly frames: number;
  /** Inputs that a newer one replaced before they were sent. */
  readonly coalesced: number;
  /** Patches that the server answered together with a newer one. */
  readonly conflated: number;
  /** Results shown. */
  readonly results: number;
  /** Coarse results shown. */
  readonly partials: number;
  /** Answers that came too late to be shown. */
  readonly stale: number;
  /** Patches sent again, after a stall or a reconnect. */
  readonly resent: number;
}

/** Who is told of values: a function, or an observer as RxJS has it. */
export type Observer<T> = ((value: T) => void) | { next?: (value: T) => void; complete?: () => void };
