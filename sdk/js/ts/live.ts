import { Group, type Bound, type Engine } from "../bindgen/engine.js";
import { encode } from "./encode.js";
import { badArgument, closed, FaderError, rejected, type Rejection } from "./error.js";
import { latest } from "./iterate.js";
import { Listeners, run, type Off } from "./listeners.js";
import { asyncDispose, dispose } from "./symbols.js";
import type { LiveOptions, LiveState, Observer, Policy } from "./types.js";

type Values = Record<string, unknown>;
type Status = Omit<LiveState<unknown, unknown>, "model" | "result">;

/**
 * A model that a person changes continuously, and the server's result for it. Made by `client.live`.
 *
 * What is set takes effect locally at once. The newest values travel as fast as the server answers;
 * a result is never replaced by an older one, and the last values set are always the last computed,
 * also across a reconnect.
 */
export class Live<M, R> {
  /** The group's name in the contract. */
  readonly name: string;
  /** @internal */
  readonly id: number;
  #group: Group | undefined;
  #model: Values;
  /** What each key holds, as JSON. */
  #texts: Map<string, string>;
  #result: R | undefined;
  #last: LiveState<M, R> | undefined;
  #tellScheduled = false;
  readonly #listeners = new Listeners<LiveState<M, R>>();
  readonly #completions = new Listeners<void>();
  readonly #bound = new Set<Bound>();
  readonly #onClose: (id: number) => void;

  /** @internal */
  constructor(engine: Engine, name: string, model: M, options: LiveOptions, onClose: (id: number) => void) {
    this.name = name;
    this.#onClose = onClose;
    this.#model = { ...(object(model) as Values) };
    this.#texts = texts(this.#model);
    const [policy, wait] = policyOf(options.policy ?? "adaptive");
    const gesture = (reverted: string[]) => this.pushed(reverted);
    try {
      this.#group = new Group(engine, name, [...this.#texts].flat(), policy, wait, gesture);
    } catch (error) {
      throw badArgument(error);
    }
    this.id = this.#group.id;
  }

  /** What is known of the group. The same object until something changes, but for its `stalenessMs`. */
  get state(): LiveState<M, R> {
    return (this.#last ??= this.#present());
  }

  /**
   * Sets some keys. Only those that hold something else than before travel, and at best in the time
   * of the policy. Throws a `FaderError`, and sets nothing then.
   */
  set(values: Partial<M>): void {
    const group = this.#open();
    const changed = texts(object(values) as Values);
    for (const [key, text] of changed) if (this.#texts.get(key) === text) changed.delete(key);
    if (changed.size > 0) {
      try {
        group.set([...changed].flat());
      } catch (error) {
        throw badArgument(error);
      }
      this.#merge(values as Values, changed);
    }
  }

  /**
   * A person took hold of the controls of these keys, or of all: what is set until `commit` or
   * `cancel` is one gesture, in which nothing from elsewhere moves them. `bind` does it by itself.
   */
  begin(...keys: (keyof M & string)[]): void {
    const group = this.#open();
    try {
      group.begin(keys.map(String));
    } catch (error) {
      throw badArgument(error);
    }
    this.changed();
  }

  /**
   * The person let go: the values of these keys, or of all, are final and leave at once. What a
   * person holds at an element that is bound is not let go of.
   */
  commit(...keys: (keyof M & string)[]): void {
    const group = this.#open();
    try {
      group.commit(keys.map(String));
    } catch (error) {
      throw badArgument(error);
    }
    this.changed();
  }

  /** The person gave the gesture up: its keys hold again what they held at `begin`. */
  cancel(): void {
    this.pushed(this.#open().cancel());
  }

  /**
   * Binds an element to a key of the model: pointer, keyboard, typing, assistive technology, `change`
   * events of scripts and `form.reset()` become gestures; Escape cancels one. While a person holds it or
   * types in it nothing else moves it, otherwise it follows the model.
   *
   * A key that holds a number takes a slider, a number field, a `<select>` or a radio button; a boolean
   * takes a checkbox; a string takes any other input with a value, a `<textarea>`, a `<select>` or a radio
   * button, which is checked while the key holds its `value`. Throws a `FaderError` for anything else.
   *
   * Unbinds when what it returns is called.
   */
  bind(element: HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement, key: keyof M & string): Off {
    const name = String(key);
    const get = () => this.#model[name];
    const set = (value: unknown) => run(() => this.set({ [name]: value } as Partial<M>));
    return this.#keep((group) => group.bind(element, name, jsonType(get()), get, set));
  }

  /**
   * Makes gestures of what a person does to an element that the app moves itself, such as a slider of a
   * component library: a pointer or a key that moves it holds these keys, or all, until it is let go of.
   * The app calls `set`. Ends when what it returns is called.
   */
  gesture(element: Element, ...keys: (keyof M & string)[]): Off {
    return this.#keep((group) => group.gesture(element, keys.map(String)));
  }

  /**
   * Calls `observer` with the present state, and again when it has changed; several changes in one
   * turn of the event loop are one call. Until what it returns is called.
   */
  subscribe(observer: Observer<LiveState<M, R>>): Off {
    const next = typeof observer === "function" ? observer : (state: LiveState<M, R>) => observer.next?.(state);
    const complete = typeof observer === "function" ? undefined : () => observer.complete?.();
    const off = this.#group ? this.#listeners.add(next) : () => {};
    const offEnd = this.#group && complete ? this.#completions.add(complete) : () => {};
    run(() => next(this.state));
    if (!this.#group && complete) run(complete);
    return () => {
      off();
      offEnd();
    };
  }

  /** The states as they change; one that is slow gets the newest and misses those before. */
  [Symbol.asyncIterator](): AsyncIterableIterator<LiveState<M, R>> {
    return latest((observer) => this.subscribe(observer));
  }

  /** For RxJS: `from(live)`. */
  ["@@observable"](): this {
    return this;
  }

  /** Commits what was set and closes the group. Calling it again does nothing. */
  close(): void {
    if (!this.#group) return;
    for (const bound of this.#bound) bound.release();
    this.#bound.clear();
    this.#last = this.#present();
    this.#group.free();
    this.#group = undefined;
    this.#onClose(this.id);
    this.#completions.tell();
    this.#listeners.clear();
    this.#completions.clear();
  }

  /** `using eq = client.live(…)` closes it. */
  [dispose](): void {
    this.close();
  }

  /** As `[Symbol.dispose]`. */
  async [asyncDispose](): Promise<void> {
    this.close();
  }

  /** @internal */
  answered(result: unknown): void {
    this.#result = result as R;
    this.changed();
  }

  /** @internal Keys were changed elsewhere, or are again as before a gesture. */
  pushed(members: string[]): void {
    const values: Values = {};
    const changed = new Map<string, string>();
    for (let i = 0; i < members.length; i += 2) {
      const [key, text] = members.slice(i) as [string, string];
      define(values, key, JSON.parse(text));
      changed.set(key, text);
    }
    this.#merge(values, changed);
  }

  /** @internal */
  changed(): void {
    this.#last = undefined;
    if (this.#tellScheduled) return;
    this.#tellScheduled = true;
    queueMicrotask(() => {
      this.#tellScheduled = false;
      if (!this.#group) return;
      for (const bound of [...this.#bound]) bound.show();
      this.#listeners.tell(this.state);
    });
  }

  /** @internal */
  clientClosed(): void {
    this.#last = undefined;
    this.#listeners.tell(this.state);
    this.close();
  }

  #open(): Group {
    if (!this.#group) throw new FaderError("closed", "the live group is closed");
    return this.#group;
  }

  #merge(values: Values, changed: Map<string, string>): void {
    this.#model = merged(this.#model, values);
    this.#texts = new Map([...this.#texts, ...changed]);
    this.changed();
  }

  #keep(bind: (group: Group) => Bound): Off {
    const group = this.#open();
    let bound: Bound;
    try {
      bound = bind(group);
    } catch (error) {
      throw badArgument(error);
    }
    this.#bound.add(bound);
    return () => {
      if (this.#bound.delete(bound)) bound.release();
    };
  }

  #present(): LiveState<M, R> {
    const status = this.#group?.status() as Status | undefined;
    const rejection = this.#group?.error() as Rejection | undefined;
    const error = rejection && rejected(rejection);
    const known = status ? { ...status, error } : { ...this.#lastStatus(), error: closed() };
    const stalenessMs = () => (this.#group?.status() as Status | undefined)?.stalenessMs ?? known.stalenessMs;
    return Object.freeze({
      ...known,
      model: Object.freeze(this.#model) as M,
      result: this.#result,
      get stalenessMs() {
        return stalenessMs();
      },
    });
  }

  /** Of a closed client. */
  #lastStatus(): Status {
    const { model: _model, result: _result, ...status } = this.#last ?? ({} as LiveState<M, R>);
    return { ...status, inFlight: 0, gesture: false, stalled: false };
  }
}

function object(value: unknown): object {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new FaderError("bad-argument", "a model must be an object");
}

function jsonType(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
}

function texts(values: Values): Map<string, string> {
  // The model is itself the first level.
  return new Map(Object.entries(values).map(([key, value]) => [key, encode(value, `model.${key}`, 2)]));
}

function merged(model: Values, values: Values): Values {
  const all = { ...model };
  for (const [key, value] of Object.entries(values)) define(all, key, value);
  return all;
}

/** Also for the key `__proto__`. */
function define(values: Values, key: string, value: unknown): void {
  Object.defineProperty(values, key, { value, writable: true, enumerable: true, configurable: true });
}

function policyOf(policy: Policy): [name: string, wait: number] {
  if (policy === "adaptive" || policy === "every-frame" || policy === "on-commit") return [policy, 0];
  const [name, wait] = Object.entries(policy)[0] ?? [];
  if ((name === "throttle" || name === "debounce") && typeof wait === "number" && wait > 0) return [name, wait];
  throw new FaderError("bad-argument", `${JSON.stringify(policy)} is no policy`);
}
