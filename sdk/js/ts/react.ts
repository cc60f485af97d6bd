"use client";
// The entry point `fader/react`.
import {
  connect,
  Live,
  type AnyApi,
  type Client,
  type ConnectOptions,
  type GroupName,
  type LiveOptions,
  type LiveState,
  type Model,
  type Off,
  type Result,
  type ServerUrl,
  type State,
  type SubscribeOptions,
  type TopicEvent,
  type TopicName,
} from "fader";
import {
  createContext,
  createElement,
  useCallback,
  useContext,
  useEffect,
  useInsertionEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
  type ReactElement,
  type ReactNode,
} from "react";

/** What {@link useConnection} and {@link useClient} know. */
export interface Connection<A> {
  /** The client; `undefined` until the wasm is loaded, and when it is closed. */
  readonly client: Client<A> | undefined;
  /** The state of the connection; `idle` until there is a client. */
  readonly state: State;
  /** Why there is no client: a `FaderError`, `bad-argument`. */
  readonly error: unknown;
}

/** A client, or why there is none. */
interface Made<A> {
  readonly client?: Client<A>;
  readonly error?: unknown;
}

/** What is under way to a client. */
interface Opening<A> {
  readonly key: string;
  client?: Client<A>;
  wanted: boolean;
}

const IDLE: State = { name: "idle" };
const NONE = {};
const nothing = () => {};

/** What was given at the last render that took effect. */
function useLatest<T>(value: T): { readonly current: T } {
  const latest = useRef(value);
  useInsertionEffect(() => {
    latest.current = value;
  });
  return latest;
}

/**
 * A client that lives as long as the component, or until `url` changes. `credentials` are those of
 * the latest render whenever they are asked for; the other options are those of the first for a URL.
 */
export function useConnection<A = AnyApi>(
  url: ServerUrl | readonly ServerUrl[],
  options: ConnectOptions = NONE,
): Connection<A> {
  const [{ client, error }, setMade] = useState<Made<A>>(NONE);
  const opening = useRef<Opening<A>>(undefined);
  const latest = useLatest(options);
  const key = [url].flat().join(" ");
  useEffect(() => {
    const before = opening.current;
    const now: Opening<A> = before?.key === key ? before : { key, wanted: true };
    now.wanted = true;
    if (now !== before) {
      opening.current = now;
      setMade(NONE);
      const { credentials } = latest.current;
      const current = credentials && { credentials: () => latest.current.credentials?.() };
      connect<A>(url, { ...latest.current, ...current }).then(
        (client) => {
          now.client = client;
          if (now.wanted) setMade({ client });
          else client.close();
        },
        (error: unknown) => now.wanted && setMade({ error }),
      );
    }
    return () => {
      now.wanted = false;
      // StrictMode and Fast Refresh want it again at once, as those do who have it from the last render.
      // Fake timers may stop `queueMicrotask`, but no promises.
      void Promise.resolve().then(() => {
        if (now.wanted) return;
        now.client?.close();
        if (opening.current !== now) return;
        opening.current = undefined;
        setMade(NONE);
      });
    };
  }, [key]);
  const subscribe = useCallback((changed: () => void) => client?.on("state", changed) ?? nothing, [client]);
  const snapshot = () => client?.state ?? IDLE;
  const state = useSyncExternalStore(subscribe, snapshot, () => IDLE);
  const open = state.name === "closed" ? undefined : client;
  return useMemo(() => ({ client: open, state, error }), [open, state, error]);
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any
const Provided = createContext<Connection<any> | undefined>(undefined);

/** Makes a client as {@link useConnection} does, for all components inside: they have it by {@link useClient}. */
export function FaderProvider({
  url,
  children,
  ...options
}: ConnectOptions & { url: ServerUrl | readonly ServerUrl[]; children?: ReactNode }): ReactElement {
  return createElement(Provided.Provider, { value: useConnection(url, options) }, children);
}

/** The client of the {@link FaderProvider} around the component. */
export function useClient<A = AnyApi>(): Connection<A> {
  const provided = useContext(Provided);
  if (!provided) throw new Error("useClient: there is no <FaderProvider> around this component");
  return provided;
}

/**
 * A live group that is open as long as the component is shown, or until the client or `name` changes.
 * The model and the options are those of the first render for a name. When the component is shown
 * again, or there is another client, it goes on with the model that it had.
 *
 * Gives its state and the group itself. Both are there from the first render on, with the model; what
 * is set before there is a client is kept for it.
 */
export function useLive<A, G extends GroupName<A>>(
  client: Client<A> | undefined,
  name: G,
  model: Model<A, G>,
  options?: LiveOptions,
): [state: LiveState<Model<A, G>, Result<A, G>>, live: Live<Model<A, G>, Result<A, G>>] {
  const make = () => new Live<Model<A, G>, Result<A, G>>(name, model, options);
  const [kept, keep] = useState(make);
  let live = kept;
  if (live.name !== name) keep((live = make()));
  useEffect(() => (client && client.state.name !== "closed" ? live.attach(client) : undefined), [client, live]);
  const subscribe = useCallback((changed: () => void) => live.subscribe(changed), [live]);
  const snapshot = () => live.state;
  return [useSyncExternalStore(subscribe, snapshot, snapshot), live];
}

/** Binds what it is the `ref` of to a key of the live group: `<input type="range" ref={useBind(live, "width")} />` */
export function useBind<M, R>(
  live: Live<M, R>,
  key: keyof M & string,
): (element: Parameters<Live<M, R>["bind"]>[0] | null) => void {
  const off = useRef<Off>(undefined);
  return useCallback(
    (element) => {
      off.current?.();
      off.current = element ? live.bind(element, key) : undefined;
    },
    [live, key],
  );
}

/** What is wanted of a topic. */
export interface TopicOptions<E> extends SubscribeOptions {
  /** How many of the newest events {@link useTopic} gives. Default 1. */
  keep?: number | undefined;
  /** Called with each event: that of the latest render. */
  onEvent?: ((event: E) => void) | undefined;
}

/** What is known of a topic. */
export interface TopicState<E> {
  /** The newest event; `undefined` before the first. */
  readonly event: E | undefined;
  /** The newest events, as many as are to be kept, the newest last. */
  readonly events: readonly E[];
  /** Why nothing more comes: a `FaderError`, `rejected` where the server refused or ended it. */
  readonly error: unknown;
}

/**
 * What is published to a topic, as long as the component is shown, or until the client or `topic`
 * changes. When it is shown again it goes on where it was. But for `onEvent`, the options are those
 * of the first render for a topic.
 */
export function useTopic<A, T extends TopicName<A>>(
  client: Client<A> | undefined,
  topic: T,
  options: TopicOptions<TopicEvent<A, T>> = NONE,
): TopicState<TopicEvent<A, T>> {
  type E = TopicEvent<A, T>;
  const [{ events, error }, setState] = useState<{ events: readonly E[]; error?: unknown }>({ events: [] });
  const latest = useLatest(options);
  const last = useRef<{ topic: T; since: SubscribeOptions["since"] }>(undefined);
  useEffect(() => {
    if (last.current?.topic !== topic) {
      last.current = { topic, since: latest.current.since };
      setState(({ events }) => ({ events: events.length ? [] : events }));
    }
    if (!client || client.state.name === "closed") return;
    const at = last.current;
    const { keep = 1, onEvent: _, ...rest } = latest.current;
    const fail = (error: unknown) => setState(({ events }) => ({ events, error }));
    try {
      const subscription = client.subscribe(
        topic,
        (event) => {
          setState(({ events }) => ({ events: [...events, event].slice(-keep) }));
          latest.current.onEvent?.(event);
        },
        { ...rest, since: at.since },
      );
      subscription.on("end", (error) => error && fail(error));
      return () => {
        at.since = subscription.position ?? at.since;
        subscription.close();
      };
    } catch (error) {
      return fail(error);
    }
  }, [client, topic]);
  return { event: events.at(-1), events, error };
}
