// The entry point `fader/react`.
import { connect, type AnyApi, type Client, type ConnectOptions, type GroupName, type Live, type LiveOptions, type LiveState, type Model, type Result, type State, type SubscribeOptions, type TopicEvent, type TopicName } from "fader";
import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from "react";

/** What {@link useConnection} knows. */
export interface Connection<A> {
  /** The client; `undefined` until the wasm is loaded. */
  readonly client: Client<A> | undefined;
  /** The state of the connection; `idle` until there is a client. */
  readonly state: State;
  /** Why there is no client: a `FaderError`, `bad-argument`. */
  readonly error: unknown;
}

const IDLE: State = { name: "idle" };
const nothing = () => {};

/**
 * A client that lives as long as the component, or until `url` changes. The options are those of
 * the first render for a URL.
 */
export function useConnection<A = AnyApi>(url: string, options?: ConnectOptions): Connection<A> {
  const [made, setMade] = useState<{ client?: Client<A>; error?: unknown }>({});
  const latest = useRef(options);
  latest.current = options;
  useEffect(() => {
    let client: Client<A> | undefined;
    let wanted = true;
    connect<A>(url, latest.current).then(
      (connected) => {
        // Gone before it came, as in each first render under StrictMode.
        if (!wanted) return connected.close();
        client = connected;
        setMade({ client });
      },
      (error: unknown) => wanted && setMade({ error }),
    );
    return () => {
      wanted = false;
      client?.close();
      setMade({});
    };
  }, [url]);
  const { client, error } = made;
  const subscribe = useCallback((changed: () => void) => client?.on("state", changed) ?? nothing, [client]);
  const snapshot = () => client?.state ?? IDLE;
  const state = useSyncExternalStore(subscribe, snapshot, () => IDLE);
  return { client, state, error };
}

/**
 * A live group that lives as long as the component, or until the client or `name` changes. The
 * model and the options are those of the first render for a group.
 *
 * Gives its state and the group itself, both `undefined` until there is a client.
 */
export function useLive<A, G extends GroupName<A>>(
  client: Client<A> | undefined,
  name: G,
  model: Model<A, G>,
  options?: LiveOptions,
): [state: LiveState<Model<A, G>, Result<A, G>> | undefined, live: Live<Model<A, G>, Result<A, G>> | undefined] {
  const [live, setLive] = useState<Live<Model<A, G>, Result<A, G>>>();
  const latest = useRef({ model, options });
  latest.current = { model, options };
  useEffect(() => {
    if (!client || client.state.name === "closed") return;
    const opened = client.live(name, latest.current.model, latest.current.options);
    setLive(opened);
    return () => {
      opened.close();
      setLive(undefined);
    };
  }, [client, name]);
  const subscribe = useCallback((changed: () => void) => live?.subscribe(changed) ?? nothing, [live]);
  const state = useSyncExternalStore(subscribe, () => live?.state, () => undefined);
  return [state, live];
}

/**
 * The newest event of a topic; `undefined` before the first. Subscribed as long as the component
 * lives, or until the client or `topic` changes. The options are those of the first render for a topic.
 */
export function useTopic<A, T extends TopicName<A>>(
  client: Client<A> | undefined,
  topic: T,
  options?: SubscribeOptions,
): TopicEvent<A, T> | undefined {
  const store = useRef<{ newest: TopicEvent<A, T> | undefined }>({ newest: undefined });
  const latest = useRef(options);
  latest.current = options;
  const subscribe = useCallback(
    (changed: () => void) => {
      store.current = { newest: undefined };
      if (!client || client.state.name === "closed") return nothing;
      const subscription = client.subscribe(topic, latest.current);
      const read = async () => {
        for await (const event of subscription) {
          store.current = { newest: event };
          changed();
        }
      };
      // A refusal is reported as uncaught: there is nobody else to tell.
      void read();
      return () => subscription.close();
    },
    [client, topic],
  );
  return useSyncExternalStore(subscribe, () => store.current.newest, () => undefined);
}
