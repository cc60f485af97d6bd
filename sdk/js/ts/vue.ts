// The entry point `fader/vue`.
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
  type Result,
  type ServerUrl,
  type State,
  type SubscribeOptions,
  type TopicEvent,
  type TopicName,
} from "fader";
import { onScopeDispose, shallowRef, toValue, watch, type MaybeRefOrGetter, type ShallowRef } from "vue";

/** What {@link useConnection} knows. */
export interface Connection<A> {
  /** The client; `undefined` until the wasm is loaded, and when it is closed. */
  readonly client: Readonly<ShallowRef<Client<A> | undefined>>;
  /** The state of the connection; `idle` until there is a client. */
  readonly state: Readonly<ShallowRef<State>>;
  /** Why there is no client: a `FaderError`, `bad-argument`. */
  readonly error: Readonly<ShallowRef<unknown>>;
}

/** A client that lives as long as the component, or the scope of effects. */
export function useConnection<A = AnyApi>(
  url: ServerUrl | readonly ServerUrl[],
  options?: ConnectOptions,
): Connection<A> {
  const client = shallowRef<Client<A>>();
  const state = shallowRef<State>({ name: "idle" });
  const error = shallowRef<unknown>();
  let close = () => {};
  let wanted = true;
  onScopeDispose(() => {
    wanted = false;
    close();
  });
  connect<A>(url, options).then(
    (made) => {
      close = () => made.close();
      if (!wanted) return close();
      client.value = made;
      state.value = made.state;
      made.on("state", (now) => {
        state.value = now;
        if (now.name === "closed") client.value = undefined;
      });
    },
    (why: unknown) => (error.value = why),
  );
  return { client, state, error };
}

/**
 * A live group that is open as long as the component lives and there is a client; with another
 * client it goes on with the model that it had. Both are there at once; what is set before there is
 * a client is kept for it.
 */
export function useLive<A, G extends GroupName<A>>(
  client: MaybeRefOrGetter<Client<A> | undefined>,
  name: G,
  model: Model<A, G>,
  options?: LiveOptions,
): { state: Readonly<ShallowRef<LiveState<Model<A, G>, Result<A, G>>>>; live: Live<Model<A, G>, Result<A, G>> } {
  const live = new Live<Model<A, G>, Result<A, G>>(name, model, options);
  const state = shallowRef(live.state);
  live.subscribe((now) => (state.value = now));
  whileOpen(client, (client) => live.attach(client));
  onScopeDispose(() => live.close());
  return { state, live };
}

/** What is wanted of a topic. */
export interface TopicOptions<E> extends SubscribeOptions {
  /** How many of the newest events {@link useTopic} gives. Default 1. */
  keep?: number | undefined;
  /** Called with each event. */
  onEvent?: ((event: E) => void) | undefined;
}

/**
 * What is published to a topic, as long as the component lives: the newest events, the newest last,
 * and why nothing more comes if the server refused or ended it.
 */
export function useTopic<A, T extends TopicName<A>>(
  client: MaybeRefOrGetter<Client<A> | undefined>,
  topic: T,
  { keep = 1, onEvent, ...options }: TopicOptions<TopicEvent<A, T>> = {},
): { events: Readonly<ShallowRef<readonly TopicEvent<A, T>[]>>; error: Readonly<ShallowRef<unknown>> } {
  const events = shallowRef<readonly TopicEvent<A, T>[]>([]);
  const error = shallowRef<unknown>();
  let { since } = options;
  whileOpen(client, (client) => {
    const subscription = client.subscribe(
      topic,
      (event) => {
        events.value = [...events.value, event].slice(-keep);
        onEvent?.(event);
      },
      { ...options, since },
    );
    subscription.on("end", (why) => (error.value = why));
    return () => {
      since = subscription.position ?? since;
      subscription.close();
    };
  });
  return { events, error };
}

/** Begins something with each client, and ends it with the client or the scope. */
function whileOpen<A>(client: MaybeRefOrGetter<Client<A> | undefined>, begin: (client: Client<A>) => () => void): void {
  watch(
    () => toValue(client),
    (client, _, onCleanup) => {
      if (client && client.state.name !== "closed") onCleanup(begin(client));
    },
    { immediate: true },
  );
}
