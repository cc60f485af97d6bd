import { HEIGHT, KEPT, type LiveRecord, type Position, type Records, type RequestRecord, type TopicRecord } from "./records.ts";

/**
 * What is wrong with what a page has seen, in words; `ran` are the ids of the requests that servers
 * say to have run, each as often as it ran.
 *
 * - Every request has settled, with its own reply if with any, and ran as its outcome says: once if
 *   it was answered, never if it was not sent, and never twice.
 * - Within a session, every request that is not volatile was answered.
 * - Offsets of the topic strictly increase, nothing is missing without notice or while the server
 *   keeps it, and each is the one event that the server published there, up to the last.
 * - The last live value is shown.
 */
export function violations(records: Records, ran: readonly string[]): string[] {
  const times = new Map<string, number>();
  for (const id of ran) times.set(id, (times.get(id) ?? 0) + 1);
  const isOneSession = sessions(records) === 1;
  return [
    ...records.requests.flatMap((request) => ofRequest(request, times.get(request.id) ?? 0, isOneSession)),
    ...ofTopic(records.topic, records.reached),
    ...ofLive(records.live),
  ];
}

/** How many sessions the page had, one after the other. */
export function sessions({ connects, resumes }: Records): number {
  return connects - resumes;
}

function ofRequest({ id, kind, outcome }: RequestRecord, times: number, isOneSession: boolean): string[] {
  if (!outcome) return [`${kind} ${id} has not settled`];
  const wrong: string[] = [];
  const as = "reply" in outcome ? "answered" : outcome.error;
  if ("reply" in outcome) {
    if (outcome.reply !== id) wrong.push(`${kind} ${id} has the reply to ${outcome.reply}`);
    if (times === 0) wrong.push(`${kind} ${id} was answered and did not run`);
  } else if (outcome.error !== "unknown" && !(outcome.error === "not-sent" && kind === "volatile")) {
    wrong.push(`${kind} ${id} settled as ${outcome.error}`);
  } else if (isOneSession && kind !== "volatile") {
    wrong.push(`${kind} ${id} settled as ${outcome.error} in a session that went on`);
  }
  if (as === "not-sent" && times > 0) wrong.push(`${kind} ${id} was not sent and ran`);
  if (times > 1) wrong.push(`${kind} ${id} ran ${times} times`);
  return wrong;
}

/** Why events may be missing: the server did not keep them, or began anew. */
const REASONS = ["not-kept", "too-slow", "new-epoch"];

function ofTopic(records: readonly TopicRecord[], reached: Position): string[] {
  const wrong: string[] = [];
  /** Up to here everything came or was said to be missing; of an epoch that is to be seen, after a new one was announced. */
  let at: Position | undefined;
  /** The last of the present epoch that was said not to be kept. */
  let notKept = 0;
  for (const record of records) {
    switch (record.is) {
      case "subscribed":
        at ??= record;
        if (record.recovered && (record.epoch !== at.epoch || record.offset > at.offset)) {
          wrong.push(`recovered at ${where(record)}, having come to ${where(at)}`);
        }
        break;
      case "gap": {
        const { from, to, reason } = record;
        if (!REASONS.includes(reason)) wrong.push(`a gap of reason ${reason} after ${where(at)}`);
        if (reason === "new-epoch") at = { epoch: NEW, offset: 0 };
        notKept = reason === "new-epoch" ? 0 : to;
        if (from > to) break;
        if (from - 1 !== at?.offset) wrong.push(`a gap from ${from} to ${to} after ${where(at)}`);
        at = { epoch: at?.epoch ?? NEW, offset: to };
        break;
      }
      case "event": {
        const { epoch, offset, count } = record;
        if (at?.epoch === NEW) at = { epoch, offset: at.offset };
        if (at?.epoch !== epoch) notKept = 0;
        if (at?.epoch !== epoch || offset - 1 !== at.offset) wrong.push(`${where(record)} after ${where(at)}`);
        if (count !== offset) wrong.push(`${where(record)} is ${count}`);
        at = { epoch, offset };
      }
    }
  }
  if (at?.epoch !== reached.epoch || at.offset < reached.offset) {
    wrong.push(`the topic ended at ${where(at)}, and was at ${where(reached)}`);
  }
  if (notKept > 0 && at?.epoch === reached.epoch && notKept > reached.offset - KEPT) {
    wrong.push(`${notKept} was kept at ${where(reached)}`);
  }
  return wrong;
}

/** In place of the name of an epoch that was announced and not seen yet. */
const NEW = "";

function where(at: Position | undefined): string {
  return at ? `${at.offset} of ${at.epoch || "a new epoch"}` : "nothing";
}

function ofLive({ moved, slider, shown, pending }: LiveRecord): string[] {
  return [
    ...(slider === moved ? [] : [`the slider is at ${slider}, and was moved to ${moved}`]),
    ...(shown === String(moved * HEIGHT) ? [] : [`for ${moved}, ${shown} is shown`]),
    ...(pending ? [`${moved} is pending`] : []),
  ];
}
