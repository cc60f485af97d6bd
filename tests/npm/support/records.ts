/** The height of the area whose width the slider sets. */
export const HEIGHT = 3;
/** How many of the newest events of its topic the server keeps. */
export const KEPT = 100;

/** What a page that runs the workload has seen of it. */
export interface Records {
  readonly requests: readonly RequestRecord[];
  readonly topic: readonly TopicRecord[];
  /** How far the server had come in the topic when the page asked in the end. */
  readonly reached: Position;
  readonly live: LiveRecord;
  /** How often the page was connected, and how often that went on with its session. */
  readonly connects: number;
  readonly resumes: number;
  /** The names of the states of the connection after the first time that it was open, in order. */
  readonly states: readonly string[];
}

export interface RequestRecord {
  readonly id: string;
  readonly kind: RequestKind;
  /** The reply, or the code of the error. Nothing as long as it waits. */
  outcome?: { readonly reply: string } | { readonly error: string };
}

export type RequestKind = "plain" | "keyed" | "volatile";

export interface Position {
  readonly epoch: string;
  readonly offset: number;
}

export type TopicRecord =
  | (Position & { readonly is: "subscribed"; readonly recovered: boolean })
  | { readonly is: "gap"; readonly from: number; readonly to: number; readonly reason: string }
  | (Position & { readonly is: "event"; readonly count: number });

export interface LiveRecord {
  /** Where the slider was moved to last. */
  readonly moved: number;
  /** Where it is. */
  readonly slider: number;
  /** The area that the page shows. */
  readonly shown: string;
  readonly pending: boolean;
}
