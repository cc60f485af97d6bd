import { Engine } from "../bindgen/engine.js";
import { encode, toPayload } from "./encode.js";
import { badArgument, closed, FaderError, thrown, Unmade, type ErrorCode } from "./error.js";
import { atEndOfTurn, Listeners, type Off } from "./listeners.js";
import { Live } from "./live.js";
import { configOf } from "./options.js";
import { ItemStream } from "./stream.js";
import { Subscription } from "./subscription.js";
import { dispose, asyncDispose } from "./symbols.js";
import type {
  AnyApi,
  Cause,
  CauseKind,
  ConnectOptions,
  GroupName,
  Item,
  LiveOptions,
  Member,
  MethodName,
  Model,
  Params,
  Position,
  PublishOptions,
  Reply,
  RequestOptions,
  Result,
  State,
  Stats,
  StreamName,
  StreamOptions,
  StreamParams,
  SubscribeOptions,
  TopicEvent,
  TopicName,
} from "./types.js";

/** No options: one object for all calls. */
const NONE: RequestOptions = {};

/** How long a call may take by default, in milliseconds. */
const TIMEOUT = 30_000;

/** What there is to say of some failures. */
const TEXTS: Partial<Record<ErrorCode, string>> = {
  unknown: "outcome unknown: the server was lost before the reply",
  closed: "the client is closed",
};

interface Waiting {
  /** The method or topic. */
  readonly target: string;
  /** How long it may take, in milliseconds. */
  readonly limit: number;
  /** When it was called, as `performance.now()`. */
  readonly since: number;
  resolve(reply: unknown): void;
  reject(error: unknown): void;
  /** Takes an item of a stream. */
  item?(item: unknown): void;
  /** Stops listening to the caller's signal. */
  done: (() => void) | undefined;
}

/**
 * A connection to a server that renews itself, and what goes over it. Made by `connect`.
 *
 * It lives until `close()`: a client that is not needed any more must be closed.
 */
export class Client<A = AnyApi> {
  private _engine: Engine | undefined;
  private _state: State = { name: "idle" };
  private _cause: Cause | undefined;
  private _lastStats: Stats | undefined;
  private readonly _timeout: number;
  private readonly _states = new Listeners<State>();
  private readonly _causes = new Listeners<Cause>();
  private readonly _subscriptions = new Map<number, Subscription<unknown, unknown>>();
  private readonly _groups = new Map<number, Live<unknown, unknown>>();

  /** @internal */
  constructor(urls: string[], options: ConnectOptions) {
    const { webSocket, credentials, requestTimeout = TIMEOUT } = options;
    const config = configOf(options);
    this._timeout = requestTimeout;
    try {
      this._engine = new Engine(urls, config, webSocket, credentials && giving(credentials), this._face());
    } catch (error) {
      throw badArgument(error);
    }
  }

  /** @internal Vue, Pinia and Alpine are to leave it as it is. */
  get __v_skip(): boolean {
    return true;
  }

  /** The state of the connection. */
  get state(): State {
    return this._state;
  }

  /** Why the connection was lost last, or the last attempt to make one failed; `undefined` if neither has happened. */
  get lastCause(): Cause | undefined {
    return this._cause;
  }

  /**
   * Calls `listener` whenever the state changes (`closed` is the last), or with the cause when the connection is
   * lost or an attempt to make one fails. Until what it returns is called.
   */
  on(event: "state", listener: (state: State) => void): Off;
  on(event: "error", listener: (cause: Cause) => void): Off;
  on(event: "state" | "error", listener: ((state: State) => void) & ((cause: Cause) => void)): Off {
    if (event === "error") return this._causes.add(listener);
    if (event !== "state") throw new FaderError("bad-argument", `there is no event ${JSON.stringify(event)}`);
    return this._states.add(listener);
  }

  /**
   * Waits for the connection. Rejects with a `FaderError`: `timed-out` after `timeout` milliseconds
   * (default: it waits for ever), `closed` if there will never be one; or with `signal.reason`.
   */
  ready({ timeout, signal }: { timeout?: number | undefined; signal?: AbortSignal | undefined } = {}): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const limit = checkTimeout(timeout);
      signal?.throwIfAborted();
      let timer: ReturnType<typeof setTimeout> | undefined;
      const look = (state: State): boolean => {
        if (state.name === "open") resolve();
        else if (state.name === "closed") reject(new Unmade(closed));
        else return false;
        return true;
      };
      if (look(this._state)) return;
      const stop = () => {
        off();
        clearTimeout(timer);
        signal?.removeEventListener("abort", abort);
      };
      const abort = () => {
        stop();
        reject(signal?.reason);
      };
      const off = this._states.add((state) => {
        if (look(state)) stop();
      });
      signal?.addEventListener("abort", abort);
      if (limit !== undefined && Number.isFinite(limit)) {
        timer = setTimeout(() => {
          stop();
          const message = `no connection within ${limit} ms${this._why(": ")}`;
          reject(new Unmade(() => new FaderError("timed-out", message)));
        }, limit);
      }
    }).catch(thrown);
  }

  /**
   * Calls a method. Requests made in one turn of the event loop leave in one message; without a
   * connection they wait for one. Rejects with a `FaderError`, or with `signal.reason`.
   *
   * Parameters that are an `ArrayBuffer` or a view of one travel as bytes, as they are at the call;
   * a reply of bytes is a `Uint8Array`.
   */
  request<M extends MethodName<A>>(
    method: M,
    ...[params, options]: null extends Params<A, M>
      ? [params?: Params<A, M>, options?: RequestOptions]
      : [params: Params<A, M>, options?: RequestOptions]
  ): Promise<Reply<A, M>>;
  request(method: string, params?: unknown, options: RequestOptions = NONE): Promise<unknown> {
    // An `undefined` that is given is not the same as nothing given.
    if (arguments.length < 2) params = null;
    return this._call(method, params, "params", options);
  }

  /**
   * Calls a method that answers with many items: `for await (const n of client.stream("countdown", 10)) …`,
   * where `break` gives it up. There is no timeout. Parameters are taken as `request` does.
   *
   * Throws a `FaderError`: `bad-argument`, `closed`; or `signal.reason`.
   */
  stream<M extends StreamName<A>>(
    method: M,
    ...[params, options]: null extends StreamParams<A, M>
      ? [params?: StreamParams<A, M>, options?: StreamOptions]
      : [params: StreamParams<A, M>, options?: StreamOptions]
  ): ItemStream<Item<A, M>>;
  stream(method: string, params?: unknown, { signal }: StreamOptions = NONE): ItemStream<unknown> {
    if (arguments.length < 2) params = null;
    const engine = this._open();
    const payload = toPayload(params, "params");
    signal?.throwIfAborted();
    const abort = () => {
      cancel();
      items.end({ error: signal?.reason });
    };
    const cancel = () => this._engine?.cancel(id);
    const items = new ItemStream<unknown>({ taken: () => this._engine?.taken(id), cancel });
    const waiting: Waiting = {
      target: method,
      limit: Infinity,
      since: performance.now(),
      item: (item) => items.push(item),
      resolve: () => items.end({}),
      reject: (error) => items.end({ error }),
      done: () => signal?.removeEventListener("abort", abort),
    };
    const id = engine.stream(method, payload, waiting);
    signal?.addEventListener("abort", abort);
    return items;
  }

  /**
   * Publishes an event, and answers where it is in the sequence of the topic; nothing for a
   * `volatile` one, of which nobody says whether it arrived. Rejects as `request` does, and takes
   * bytes as it does.
   */
  publish<T extends TopicName<A>>(topic: T, event: TopicEvent<A, T>, options: PublishOptions & { volatile: true }): Promise<void>;
  publish<T extends TopicName<A>>(topic: T, event: TopicEvent<A, T>, options?: PublishOptions): Promise<Position>;
  publish(topic: string, event: unknown, options: PublishOptions = NONE): Promise<unknown> {
    if (options.volatile) return this._publishVolatile(topic, event, options);
    return this._call(topic, event, "event", options);
  }

  /**
   * Subscribes to a topic: `for await (const event of client.subscribe("ticks")) …`, or
   * `client.subscribe("ticks", (event) => …)`, where `close()` of what is returned unsubscribes. A
   * refusal rejects the one; of the other it is reported as uncaught, unless somebody listens for its `end`.
   *
   * Throws a `FaderError`: `bad-argument`, `closed`.
   */
  subscribe<T extends TopicName<A>>(topic: T, options?: SubscribeOptions): Subscription<TopicEvent<A, T>, Member<A, T>>;
  subscribe<T extends TopicName<A>>(
    topic: T,
    onEvent: (event: TopicEvent<A, T>) => void,
    options?: SubscribeOptions,
  ): Subscription<TopicEvent<A, T>, Member<A, T>>;
  subscribe<E, M>(
    topic: string,
    first: SubscribeOptions | ((event: E) => void) = {},
    second: SubscribeOptions = {},
  ): Subscription<E, M> {
    const [onEvent, options] = typeof first === "function" ? [first, second] : [undefined, first];
    const subscription = new Subscription<E, M>(this._open(), topic, options, (id) => {
      this._subscriptions.delete(id);
    });
    this._subscriptions.set(subscription.id, subscription as Subscription<unknown, unknown>);
    if (onEvent) subscription.forward(onEvent);
    return subscription;
  }

  /**
   * Opens a live group. The server is told the model and answers with a first result.
   *
   * Throws a `FaderError`: `bad-argument` when the model cannot travel, `closed`.
   */
  live<G extends GroupName<A>>(
    name: G,
    model: Model<A, G>,
    options: LiveOptions = {},
  ): Live<Model<A, G>, Result<A, G>> {
    const live = new Live<Model<A, G>, Result<A, G>>(name, model, options);
    live.attach(this);
    live.endsWithClient = true;
    return live;
  }

  /** @internal */
  openLive(live: Live<unknown, unknown>): () => void {
    const detached = () => {
      this._groups.delete(id);
    };
    const id = live.open(this._open(), detached);
    this._groups.set(id, live);
    return detached;
  }

  /** While waiting for the next attempt to connect: makes it at once. */
  connectNow(): void {
    this._open().connectNow();
  }

  /**
   * The app has other credentials now, or none any more, as after a login or a logout: `credentials` is called,
   * and what it gives is used at once. A client that waits, such as in the state `refused`, dials now.
   *
   * A session belongs to whom it began for: if the client is somebody else now, or nobody, it reconnects with
   * a new one, and requests under way reject as `unknown`.
   */
  renewCredentials(): void {
    this._open().renewCredentials();
  }

  /** Figures on the client at the moment; the last ones once it is closed. */
  stats(): Stats {
    return (this._lastStats = (this._engine?.stats() as Stats | undefined) ?? (this._lastStats as Stats));
  }

  /**
   * Closes the client for good: nothing revives it. What live groups hold is committed; waiting
   * requests reject as `closed`. Calling it again does nothing.
   */
  close(): void {
    this._engine?.close();
  }

  /** `using client = await connect(…)` closes it. */
  [dispose](): void {
    this.close();
  }

  /** `await using client = await connect(…)` closes it. */
  async [asyncDispose](): Promise<void> {
    this.close();
  }

  /** Sends what is answered: the parameters of a method, or the event of a topic. */
  private _call(target: string, value: unknown, what: "params" | "event", options: RequestOptions): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const engine = this._open();
      const payload = toPayload(value, what);
      const { signal, volatile = false, idempotencyKey } = options;
      checkDelivery(options);
      const timeout = checkTimeout(options.timeout);
      signal?.throwIfAborted();
      const waiting: Waiting = {
        target,
        limit: timeout ?? this._timeout,
        since: performance.now(),
        resolve,
        reject,
        done: undefined,
      };
      const id =
        what === "params"
          ? engine.request(target, payload, volatile, timeout, idempotencyKey, waiting)
          : engine.publish(target, payload, timeout, idempotencyKey, waiting);
      if (signal) {
        const abort = () => {
          // That it is cancelled is told as well, and comes second.
          this._engine?.cancel(id);
          reject(signal.reason);
        };
        signal.addEventListener("abort", abort);
        waiting.done = () => signal.removeEventListener("abort", abort);
      }
    }).catch(thrown);
  }

  private async _publishVolatile(topic: string, event: unknown, options: PublishOptions): Promise<void> {
    const engine = this._open();
    checkDelivery(options);
    const payload = toPayload(event, "event");
    try {
      engine.publishVolatile(topic, payload);
    } catch (error) {
      throw error === "" ? new FaderError("not-sent", `${topic}: not connected${this._why(": ")}`) : badArgument(error);
    }
  }

  private _open(): Engine {
    if (this._state.name === "closed" || !this._engine) throw closed();
    return this._engine;
  }

  /** Why there is no connection, if there is none. */
  private _why(before: string): string {
    return this._cause && this._state.name !== "open" ? before + describe(this._cause) : "";
  }

  /** Why a call failed: `why` is what the wasm half knows of it. */
  private _explain({ target, limit, since }: Waiting, code: ErrorCode, why: string, sent: boolean): string {
    let message = TEXTS[code] ?? `not sent: ${why}`;
    if (code === "timed-out") {
      message = `no answer within ${limit} ms; ${sent ? "sent" : "not sent"}`;
      const lost = this._state.name !== "open" || (this._cause?.at ?? 0) >= since;
      if (lost && this._cause) {
        message += `, ${sent ? "then the connection was lost" : "without a connection"}: ${describe(this._cause)}`;
      }
    } else message += this._why("; ");
    return `${target}: ${message}`;
  }

  private _setState(state: State): void {
    this._state = state;
    this._states.tell(state);
    if (state.name !== "closed") return;
    this._states.clear();
    this._causes.clear();
    // The engine is still at it, and settles what waits.
    atEndOfTurn(() => {
      this.stats();
      for (const subscription of [...this._subscriptions.values()]) subscription.clientClosed();
      for (const live of [...this._groups.values()]) live.clientClosed();
      this._groups.clear();
      this._engine?.free();
      this._engine = undefined;
    });
  }

  /** What the wasm half calls. Nothing of it throws. */
  private _face() {
    return {
      state: (name: State["name"], attempt: number, until: number) =>
        this._setState(pick(name, attempt, until, this._cause)),
      disconnected: (kind: CauseKind, code: number, reason: string, attempt: number, at: number) =>
        this._causes.tell((this._cause = { kind, code, reason, attempt, at })),
      replied: ({ done, resolve }: Waiting, reply: unknown) => {
        done?.();
        resolve(reply);
      },
      failed: (
        waiting: Waiting,
        code: ErrorCode,
        message: string,
        sent: boolean,
        rejection: string | undefined,
        data: unknown,
      ) => {
        waiting.done?.();
        message = code === "rejected" ? `rejected: ${rejection}: ${message}` : this._explain(waiting, code, message, sent);
        waiting.reject(new Unmade(() => new FaderError(code, message, { rejection, data })));
      },
      item: (waiting: Waiting, item: unknown) => waiting.item?.(item),
      member: (id: number, member: string, info: unknown) => this._subscriptions.get(id)?.member(member, info),
      liveResult: (id: number, result: unknown) => this._groups.get(id)?.answered(result),
      livePushed: (id: number, members: string[]) => this._groups.get(id)?.pushed(members),
      topicChanged: (id: number) => this._subscriptions.get(id)?.changed(),
      liveChanged: (id: number) => this._groups.get(id)?.changed(),
    };
  }
}

/** What the wasm half calls for credentials: it is answered with a text, with nothing for nobody, or with why there are none. */
function giving(credentials: () => unknown): (answer: (text?: string, error?: string) => void) => Promise<void> {
  return async (answer) => {
    let text: string | undefined;
    try {
      const given = await credentials();
      // Nobody in particular.
      if (given !== null && given !== undefined) text = typeof given === "string" ? given : encode(given, "credentials");
    } catch (error) {
      return answer(undefined, String(error));
    }
    answer(text);
  };
}

/** The fields that a state of this name has. */
function pick(name: State["name"], attempt: number, until: number, cause: Cause | undefined): State {
  switch (name) {
    case "connecting":
      return { name, attempt };
    case "waiting":
      return { name, attempt, until, cause };
    case "refused":
      return { name, attempt, until, cause: cause as Cause };
    case "closed":
      // The attempt that was refused says that it is not the app who closed it.
      if (attempt === 0) cause = undefined;
      return { name, code: cause?.code, reason: cause?.reason ?? "", cause };
    default:
      return { name };
  }
}

function describe({ kind, code, reason }: Cause): string {
  const details = [code || "", reason].filter(String).join(", ");
  return kind + (details && ` (${details})`);
}

function checkDelivery({ volatile, idempotencyKey }: PublishOptions): void {
  if (volatile && idempotencyKey !== undefined) {
    throw new FaderError("bad-argument", "what is volatile is never sent again, and needs no idempotencyKey");
  }
}

function checkTimeout(timeout: number | undefined): number | undefined {
  if (timeout === undefined || timeout > 0) return timeout;
  throw new FaderError("bad-argument", `a timeout must be a positive number of milliseconds, not ${timeout}`);
}
