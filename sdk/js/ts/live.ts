import { Group, type Bound, type Engine } from "../bindgen/engine.js";
import { encode } from "./encode.js";
import { badArgument, closed, FaderError, rejected, type Rejection } from "./error.js";
import { latest } from "./iterate.js";
import { atEndOfTurn, Listeners, run, type Off } from "./listeners.js";
import { asyncDispose, dispose } from "./symbols.js";
import type { LiveOptions, LiveState, Observer, Policy } from "./types.js";

type Values = Record<string, unknown>;
type Status = Omit<LiveState<unknown, unknown>, "model" | "result">;

/** What is bound, and how; `bound` while the group is open. */
interface Binding {
  readonly begin: (group: Group) => Bound;
  bound: Bound | undefined;
}

/** Of a group that is not open yet. */
const UNOPENED: Status = {
  pending: true,
  inFlight: 0,
  gesture: false,
  stalled: false,
  partial: false,
  stalenessMs: 0,
  rttMs: undefined,
  waitMs: undefined,
  serviceMs: undefined,
  error: undefined,
  framesPerSecond: 0,
  resultsPerSecond: 0,
  counters: { inputs: 0, frames: 0, coalesced: 0, conflated: 0, results: 0, partials: 0, stale: 0, resent: 0 },
};

/**
 * A model that a person changes continuously, and the server's result for it. Made by `client.live`.
 *
 * What is set takes effect locally at once. The newest values travel as fast as the server answers;
 * a result is never replaced by an older one, and the last values set are always the last computed,
 * also across a reconnect.
 *
 * What outlives clients, such as the state of a component, makes one by `new Live(name, model)` and
 * attaches it to a client when there is one. Until then it has its model, may be set and bound, and
 * keeps all that for the client.
 */
export class Live<M, R> {
  /** The group's name in the contract. */
  readonly name: string;
  /** @internal Nobody will attach it to another client. */
  endsWithClient = false;
  private readonly _policy: [name: string, wait: number];
  private _group: Group | undefined;
  private _closed = false;
  private _model: Values;
  /** What each key holds, as JSON. */
  private _texts: Map<string, string>;
  private _result: R | undefined;
  private _status = UNOPENED;
  private _last: LiveState<M, R> | undefined;
  /** Something has changed that listeners were not told of. */
  private _untold = false;
  private _scheduled = false;
  private readonly _listeners = new Listeners<void>();
  private readonly _completions = new Listeners<void>();
  private readonly _bindings = new Set<Binding>();
  private _onDetach: (() => void) | undefined;

  /** Throws a `FaderError`, `bad-argument`, when the model cannot travel or there is no such policy. */
  constructor(name: string, model: M, options: LiveOptions = {}) {
    this.name = name;
    this._policy = policyOf(options.policy ?? "adaptive");
    const values = object(model) as Values;
    this._texts = texts(values);
    this._model = picked(values, this._texts);
  }

  /** @internal Vue, Pinia and Alpine are to leave it as it is. */
  get __v_skip(): boolean {
    return true;
  }

  /** What is known of the group. The same object until something changes, but for its `stalenessMs`. */
  get state(): LiveState<M, R> {
    return (this._last ??= this._present());
  }

  /**
   * Opens the group at a client, instead of the one before if there was another: the server is told
   * the model and answers with a first result. When the client is closed, or what this returns is
   * called, what was set is committed, and model, result and bindings stay for the next.
   *
   * Throws a `FaderError`, `closed`.
   */
  attach(client: Opener): Off {
    if (this._closed) throw closedGroup();
    this._detach();
    const detach = client.openLive(this as Live<unknown, unknown>);
    return () => {
      if (this._onDetach === detach) this._detach();
    };
  }

  /**
   * Sets some keys; those that are `undefined` stay. Only what is another value than before travels,
   * and at best in the time of the policy. Who listens is told before it returns.
   *
   * Throws a `FaderError`, and sets nothing then.
   */
  set(values: Partial<M>): void {
    if (this._apply(values as Values)) this._tell();
  }

  /**
   * A person took hold of the controls of these keys, or of all: what is set until `commit` or
   * `cancel` is one gesture, in which nothing from elsewhere moves them. `bind` does it by itself.
   */
  begin(...keys: (keyof M & string)[]): void {
    const names = this._names(keys);
    try {
      this._group?.begin(names);
    } catch (error) {
      throw badArgument(error);
    }
    this.changed();
    this._tell();
  }

  /**
   * The person let go: the values of these keys, or of all, are final and leave at once. What a
   * person holds at an element that is bound is not let go of.
   */
  commit(...keys: (keyof M & string)[]): void {
    const names = this._names(keys);
    try {
      this._group?.commit(names);
    } catch (error) {
      throw badArgument(error);
    }
    this.changed();
    this._tell();
  }

  /** The person gave the gesture up: its keys hold again what they held at `begin`. */
  cancel(): void {
    this._names([]);
    this.pushed((this._group?.cancel() as string[] | undefined) ?? []);
    this._tell();
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
    const [name] = this._names([key]) as [string];
    const get = () => this._model[name];
    // The wasm half is at work: who listens is told later.
    const set = (value: unknown) => run(() => void this._apply({ [name]: value }));
    return this._keep((group) => group.bind(element, name, jsonType(get()), get, set));
  }

  /**
   * Makes gestures of what a person does to an element that the app moves itself, such as a slider of a
   * component library: a pointer or a key that moves it holds these keys, or all, until it is let go of.
   * The app calls `set`. Ends when what it returns is called.
   */
  gesture(element: Element, ...keys: (keyof M & string)[]): Off {
    const names = this._names(keys);
    return this._keep((group) => group.gesture(element, names));
  }

  /**
   * Calls `observer` with the present state, and again when it has changed: at once when that is by
   * `set`, `begin`, `commit` or `cancel`; other changes in one turn of the event loop are one call at
   * its end. Until what it returns is called.
   */
  subscribe(observer: Observer<LiveState<M, R>>): Off {
    const next = typeof observer === "function" ? observer : (state: LiveState<M, R>) => observer.next?.(state);
    const complete = typeof observer === "function" ? undefined : () => observer.complete?.();
    // A listener that sets something is told of it before others are told at all.
    const off = this._closed ? () => {} : this._listeners.add(() => next(this.state));
    const offEnd = !this._closed && complete ? this._completions.add(complete) : () => {};
    run(() => next(this.state));
    if (this._closed && complete) run(complete);
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

  /** Commits what was set and closes the group for good. Calling it again does nothing. */
  close(): void {
    if (this._closed) return;
    this._detach();
    this._closed = true;
    this._last = undefined;
    this._bindings.clear();
    this._completions.tell();
    this._listeners.clear();
    this._completions.clear();
  }

  /** `using eq = client.live(…)` closes it. */
  [dispose](): void {
    this.close();
  }

  /** As `[Symbol.dispose]`. */
  async [asyncDispose](): Promise<void> {
    this.close();
  }

  /** @internal Opens the group, and answers its id. `onDetach` is called when it is closed again. */
  open(engine: Engine, onDetach: () => void): number {
    try {
      const gesture = (reverted: string[]) => this.pushed(reverted);
      this._group = new Group(engine, this.name, [...this._texts].flat(), ...this._policy, gesture);
    } catch (error) {
      throw badArgument(error);
    }
    this._onDetach = onDetach;
    // What cannot be bound is told of here where it was not when it was bound.
    for (const binding of this._bindings) run(() => this._join(binding));
    this.changed();
    return this._group.id;
  }

  /** @internal */
  answered(result: unknown): void {
    this._result = result as R;
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
    this._merge(values, changed);
  }

  /** @internal Something has changed: who listens is told at the end of the turn. */
  changed(): void {
    this._last = undefined;
    this._untold = true;
    if (this._scheduled) return;
    this._scheduled = true;
    atEndOfTurn(() => {
      this._scheduled = false;
      for (const { bound } of [...this._bindings]) bound?.show();
      if (this._untold) this._tell();
    });
  }

  /** @internal */
  clientClosed(): void {
    this._last = undefined;
    this._tell();
    if (this.endsWithClient) this.close();
    else this._detach();
  }

  /** Whether anything has changed. */
  private _apply(values: Values): boolean {
    const changed = texts(object(values) as Values);
    this._names(changed.keys());
    for (const [key, text] of changed) if (this._texts.get(key) === text) changed.delete(key);
    if (changed.size === 0) return false;
    try {
      this._group?.set([...changed].flat());
    } catch (error) {
      throw badArgument(error);
    }
    this._merge(picked(values, changed), changed);
    return true;
  }

  /** The keys as they are named here, if there are such. */
  private _names(keys: Iterable<string>): string[] {
    if (this._closed) throw closedGroup();
    const names = Array.from(keys, String);
    for (const key of names) {
      if (this._texts.has(key)) continue;
      const all = [...this._texts.keys()].sort().map((name) => JSON.stringify(name));
      throw badArgument(`the live group has no key ${JSON.stringify(key)}; it has ${all.join(", ")}`);
    }
    return names;
  }

  private _detach(): void {
    const group = this._group;
    if (!group) return;
    for (const binding of this._bindings) {
      binding.bound?.release();
      binding.bound = undefined;
    }
    // What is known last.
    this._present();
    this._group = undefined;
    group.free();
    this._onDetach?.();
    this._onDetach = undefined;
    this.changed();
  }

  private _merge(values: Values, changed: Map<string, string>): void {
    this._model = merged(this._model, values);
    this._texts = new Map([...this._texts, ...changed]);
    this.changed();
  }

  private _tell(): void {
    this._untold = false;
    this._listeners.tell();
  }

  private _keep(begin: Binding["begin"]): Off {
    const binding: Binding = { begin, bound: undefined };
    this._join(binding);
    this._bindings.add(binding);
    return () => {
      if (this._bindings.delete(binding)) binding.bound?.release();
    };
  }

  private _join(binding: Binding): void {
    try {
      binding.bound = this._group && binding.begin(this._group);
    } catch (error) {
      throw badArgument(error);
    }
  }

  private _present(): LiveState<M, R> {
    const status = this._group?.status() as Status | undefined;
    const rejection = this._group?.error() as Rejection | undefined;
    // Of a group whose client is closed, or that has none, the last that was known.
    const isOver = this._closed || this._group;
    const known = (this._status = status
      ? { ...status, error: rejection && rejected(rejection) }
      : { ...this._status, inFlight: 0, gesture: false, stalled: false, error: isOver ? closed() : this._status.error });
    const stalenessMs = () => (this._group?.status() as Status | undefined)?.stalenessMs ?? known.stalenessMs;
    return Object.freeze({
      ...known,
      model: Object.freeze(this._model) as M,
      result: this._result,
      get stalenessMs() {
        return stalenessMs();
      },
    });
  }
}

/** What opens live groups: a client. */
export interface Opener {
  /** @internal Answers what takes the group away again. */
  openLive(live: Live<unknown, unknown>): () => void;
}

function closedGroup(): FaderError {
  return new FaderError("closed", "the live group is closed");
}

function object(value: unknown): object {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new FaderError("bad-argument", "a model must be an object");
}

function jsonType(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
}

/** The JSON of each key that is not `undefined`. */
function texts(values: Values): Map<string, string> {
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  // The model is itself the first level.
  return new Map(given.map(([key, value]) => [key, encode(value, `model.${key}`, 2)]));
}

/** What the values have for the keys. */
function picked(values: Values, keys: Map<string, string>): Values {
  const some: Values = {};
  for (const key of keys.keys()) define(some, key, values[key]);
  return some;
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
