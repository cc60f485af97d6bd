import { Feed, type Engine } from "../bindgen/engine.js";
import { badArgument, FaderError, rejected, type Rejection } from "./error.js";
import { atEndOfTurn, Listeners, report, run, type Off } from "./listeners.js";
import { asyncDispose, dispose } from "./symbols.js";
import type { Gap, Position, Subscribed, SubscribeOptions } from "./types.js";

/** An observer as RxJS has it. */
interface Reader<E> {
  next(event: E): void;
  error(why: unknown): void;
  complete(): void;
}

/** One of them. */
type Item = { event?: unknown; subscribed?: Subscribed; gap?: Gap; ended?: Rejection };

/**
 * What is published to a topic, in order, for one reader. Made by `client.subscribe`.
 *
 * It survives cuts and restarts of the server: on each new connection it goes on where it was.
 * Nothing comes twice, and what is missing is told by `gap` ahead of the event that follows it.
 *
 * `break` in a `for await` unsubscribes, and so does `close()`.
 */
export class Subscription<E, M = unknown> implements AsyncIterableIterator<E> {
  /** The topic's name in the contract. */
  readonly topic: string;
  /** @internal */
  readonly id: number;
  private _feed: Feed | undefined;
  private _position: Position | undefined;
  private _ended = false;
  private _waiting: (() => void)[] = [];
  private readonly _present = new Map<string, M>();
  /** A copy of it, for who asks. */
  private _members: ReadonlyMap<string, M> | undefined;
  private readonly _memberships = new Listeners<ReadonlyMap<string, M>>();
  private _membersChanged = false;
  private readonly _gaps = new Listeners<Gap>();
  private readonly _begins = new Listeners<Subscribed>();
  private readonly _ends = new Listeners<FaderError | undefined>();
  private readonly _onClose: (id: number) => void;

  /** @internal */
  constructor(engine: Engine, topic: string, options: SubscribeOptions, onClose: (id: number) => void) {
    const { since, last = false, presence = false, buffer = 256, overflow = "drop-oldest" } = options;
    if (!Number.isInteger(buffer) || buffer < 1) throw new FaderError("bad-argument", "buffer must be at least 1");
    if (overflow !== "drop-oldest") throw new FaderError("bad-argument", `overflow cannot be ${JSON.stringify(overflow)}`);
    if (since && !(Number.isSafeInteger(since.offset) && since.offset >= 0)) {
      throw new FaderError("bad-argument", "since must be the position of a subscription");
    }
    this.topic = topic;
    this._onClose = onClose;
    try {
      this._feed = new Feed(engine, topic, since?.epoch, since?.offset ?? 0, last, presence, buffer);
    } catch (error) {
      throw badArgument(error);
    }
    this.id = this._feed.id;
  }

  /** @internal Vue, Pinia and Alpine are to leave it as it is. */
  get __v_skip(): boolean {
    return true;
  }

  /**
   * Up to here every event was read, or told to be missing: the `since` of a subscription that is
   * to go on from here. `undefined` before the first.
   */
  get position(): Position | undefined {
    return (this._position = (this._feed?.position() as Position | undefined) ?? this._position);
  }

  /**
   * Who is subscribed, this client included, by the public ids of their sessions, and what the server
   * tells of them; with `presence`. Another map whenever it changes. At most 10,000 members.
   */
  get members(): ReadonlyMap<string, M> {
    return (this._members ??= new Map(this._present));
  }

  /**
   * Calls `listener` when events are missing, or when the server has accepted the subscription (also
   * anew after a reconnect), or when nothing more comes, with a reason if the server refused or ended
   * it: as the reader comes to that place. Of `members` it is told whenever they have changed. Until
   * what it returns is called.
   */
  on(event: "gap", listener: (gap: Gap) => void): Off;
  on(event: "subscribed", listener: (subscribed: Subscribed) => void): Off;
  on(event: "end", listener: (error: FaderError | undefined) => void): Off;
  on(event: "members", listener: (members: ReadonlyMap<string, M>) => void): Off;
  on(event: "gap" | "subscribed" | "end" | "members", listener: (told: never) => void): Off {
    const all: Record<string, unknown> = { gap: this._gaps, subscribed: this._begins, end: this._ends, members: this._memberships };
    if (Object.hasOwn(all, event)) return (all[event] as Listeners<never>).add(listener);
    throw new FaderError("bad-argument", `there is no event ${JSON.stringify(event)}`);
  }

  /** The next event. Rejects with a `FaderError`, `rejected`, when the server refuses or ends it. */
  async next(): Promise<IteratorResult<E, undefined>> {
    for (;;) {
      const item = this._feed?.take() as Item | undefined;
      if (item === undefined) {
        if (this._ended || !this._feed) {
          this.close();
          return { done: true, value: undefined };
        }
        await new Promise<void>((resolve) => this._waiting.push(resolve));
        continue;
      }
      const { subscribed, gap, ended } = item;
      if (subscribed) this._begins.tell(subscribed);
      else if (gap) this._gaps.tell(gap);
      else if (ended) {
        const error = rejected(ended);
        this._end(error);
        throw error;
      } else return { done: false, value: item.event as E };
    }
  }

  /** Unsubscribes. */
  async return(): Promise<IteratorResult<E, undefined>> {
    this.close();
    return { done: true, value: undefined };
  }

  /** It is its own iterator: several that read take turns. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  /** For RxJS: `from(subscription)`. To unsubscribe from that closes it, also while nothing comes. */
  ["@@observable"](): { subscribe(observer: Reader<E>): { unsubscribe: Off } } {
    return {
      subscribe: (observer) => {
        this._read((event) => observer.next(event)).then(
          () => observer.complete(),
          (why) => observer.error(why),
        );
        return { unsubscribe: () => this.close() };
      },
    };
  }

  /** Unsubscribes; a reader who waits is done. Calling it again does nothing. */
  close(): void {
    this._end(undefined);
  }

  /** `using ticks = client.subscribe(…)` unsubscribes. */
  [dispose](): void {
    this.close();
  }

  /** As `[Symbol.dispose]`. */
  async [asyncDispose](): Promise<void> {
    this.close();
  }

  /** @internal Something came. */
  changed(): void {
    for (const wake of this._waiting.splice(0)) wake();
  }

  /** @internal Somebody came, is another than before, or left if there is nothing of them. */
  member(member: string, info: unknown): void {
    if (info === undefined) this._present.delete(member);
    else this._present.set(member, info as M);
    this._members = undefined;
    if (this._membersChanged) return;
    this._membersChanged = true;
    atEndOfTurn(() => {
      this._membersChanged = false;
      this._memberships.tell(this.members);
    });
  }

  /** @internal What has come can still be read. */
  clientClosed(): void {
    this._ended = true;
    this.changed();
  }

  /** @internal Calls `next` with each event; what ends it is reported unless somebody listens for it. */
  forward(next: (event: E) => void): void {
    this._read((event) => run(() => next(event))).catch((why) => this._ends.size || report(why));
  }

  private async _read(next: (event: E) => void): Promise<void> {
    for await (const event of this) next(event);
  }

  private _end(error: FaderError | undefined): void {
    if (!this._feed) return;
    this._position = this.position;
    this._feed.free();
    this._feed = undefined;
    this._onClose(this.id);
    this.changed();
    this._ends.tell(error);
  }
}
