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
  private _group: Group | undefined;
  private _model: Values;
  /** What each key holds, as JSON. */
  private _texts: Map<string, string>;
  /** Model and texts before the gesture. */
  private _before: [Values, Map<string, string>] | undefined;
  private _result: R | undefined;
  private _last: LiveState<M, R> | undefined;
  private _tellScheduled = false;
  private readonly _listeners = new Listeners<LiveState<M, R>>();
  private readonly _completions = new Listeners<void>();
  private readonly _bound = new Set<Bound>();
  private readonly _onClose: (id: number) => void;

  /** @internal */
  constructor(engine: Engine, name: string, model: M, options: LiveOptions, onClose: (id: number) => void) {
    this.name = name;
    this._onClose = onClose;
    this._model = { ...(object(model) as Values) };
    this._texts = texts(this._model);
    const [policy, wait] = policyOf(options.policy ?? "adaptive");
    const gesture = (what: string) => this._gesture(what);
    try {
      this._group = new Group(engine, name, [...this._texts].flat(), policy, wait, gesture);
    } catch (error) {
      throw badArgument(error);
    }
    this.id = this._group.id;
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
   * Sets some keys. Only those that hold something else than before travel, and at best in the time
   * of the policy. Throws a `FaderError`, and sets nothing then.
   */
  set(values: Partial<M>): void {
    const group = this._open();
    const changed = texts(object(values) as Values);
    for (const [key, text] of changed) if (this._texts.get(key) === text) changed.delete(key);
    if (changed.size > 0) {
      try {
        group.set([...changed].flat());
      } catch (error) {
        throw badArgument(error);
      }
      this._merge(values as Values, changed);
    }
  }

  /**
   * A person took hold of the controls of these keys, or of all: what is set until `commit` or
   * `cancel` is one gesture, in which nothing from elsewhere moves them. `bind` does it by itself.
   */
  begin(...keys: (keyof M & string)[]): void {
    const group = this._open();
    try {
      group.begin(keys);
    } catch (error) {
      throw badArgument(error);
    }
    this._gesture("begin");
  }

  /** The person let go: the values are final, and leave at once. */
  commit(): void {
    this._open().commit();
    this._gesture("commit");
  }

  /** The person gave the gesture up: the model is again what it was at `begin`. */
  cancel(): void {
    if (this._open().cancel()) this._gesture("cancel");
  }

  /**
   * Binds an input to a key of the model: pointer, keyboard, typing and assistive technology become
   * gestures; Escape cancels one. While a person holds it nothing else moves it, otherwise it follows
   * the model. Sliders and number fields hold numbers, other inputs text.
   *
   * Unbinds when what it returns is called.
   */
  bind(element: HTMLInputElement, key: keyof M & string): Off {
    const get = () => this._model[key];
    const set = (value: unknown) => run(() => this.set({ [key]: value } as Partial<M>));
    const bound = this._open().bind(element, key, get, set);
    this._bound.add(bound);
    return () => {
      if (this._bound.delete(bound)) bound.release();
    };
  }

  /**
   * Calls `observer` with the present state, and again when it has changed; several changes in one
   * turn of the event loop are one call. Until what it returns is called.
   */
  subscribe(observer: Observer<LiveState<M, R>>): Off {
    const next = typeof observer === "function" ? observer : (state: LiveState<M, R>) => observer.next?.(state);
    const complete = typeof observer === "function" ? undefined : () => observer.complete?.();
    const off = this._group ? this._listeners.add(next) : () => {};
    const offEnd = this._group && complete ? this._completions.add(complete) : () => {};
    run(() => next(this.state));
    if (!this._group && complete) run(complete);
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
    if (!this._group) return;
    for (const bound of this._bound) bound.release();
    this._bound.clear();
    this._last = this._present();
    this._group.free();
    this._group = undefined;
    this._onClose(this.id);
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

  /** @internal */
  answered(result: unknown): void {
    this._result = result as R;
    this.changed();
  }

  /** @internal Keys were changed elsewhere. */
  pushed(members: string[]): void {
    const values: Values = {};
    const changed = new Map<string, string>();
    for (let i = 0; i < members.length; i += 2) {
      const [key, text] = members.slice(i) as [string, string];
      define(values, key, JSON.parse(text));
      changed.set(key, text);
    }
    if (this._before) {
      this._before[0] = merged(this._before[0], values);
      this._before[1] = new Map([...this._before[1], ...changed]);
    }
    this._merge(values, changed);
  }

  /** @internal */
  changed(): void {
    this._last = undefined;
    if (this._tellScheduled) return;
    this._tellScheduled = true;
    queueMicrotask(() => {
      this._tellScheduled = false;
      if (!this._group) return;
      for (const bound of [...this._bound]) bound.show();
      this._listeners.tell(this.state);
    });
  }

  /** @internal */
  clientClosed(): void {
    this._last = undefined;
    this._listeners.tell(this.state);
    this.close();
  }

  private _open(): Group {
    if (!this._group) throw new FaderError("closed", "the live group is closed");
    return this._group;
  }

  private _merge(values: Values, changed: Map<string, string>): void {
    this._model = merged(this._model, values);
    this._texts = new Map([...this._texts, ...changed]);
    this.changed();
  }

  private _gesture(what: string): void {
    if (what === "begin") this._before ??= [this._model, this._texts];
    else {
      if (what === "cancel" && this._before) [this._model, this._texts] = this._before;
      this._before = undefined;
    }
    this.changed();
  }

  private _present(): LiveState<M, R> {
    const status = this._group?.status() as Status | undefined;
    const rejection = this._group?.error() as Rejection | undefined;
    const error = rejection && rejected(rejection);
    const known = status ? { ...status, error } : { ...this._lastStatus(), error: closed() };
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

  /** Of a closed client. */
  private _lastStatus(): Status {
    const { model: _model, result: _result, ...status } = this._last ?? ({} as LiveState<M, R>);
    return { ...status, inFlight: 0, gesture: false, stalled: false };
  }
}

function object(value: unknown): object {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new FaderError("bad-argument", "a model must be an object");
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
