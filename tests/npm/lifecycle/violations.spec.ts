import { expect, test } from "@playwright/test";
import type { LiveRecord, Records, RequestRecord, TopicRecord } from "../support/records.ts";
import { violations } from "../support/violations.ts";

// What each of the other tests here ends with, on records that are made up.

const event = (offset: number, epoch = "e", count = offset): TopicRecord => ({ is: "event", epoch, offset, count });
const events = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => event(from + i));
const gap = (from: number, to: number, reason = "not-kept"): TopicRecord => ({ is: "gap", from, to, reason });
const subscribed = (offset: number, recovered: boolean, epoch = "e"): TopicRecord => ({ is: "subscribed", epoch, offset, recovered });

const right: Records = {
  requests: [
    { id: "a", kind: "plain", outcome: { reply: "a" } },
    { id: "b", kind: "keyed", outcome: { reply: "b" } },
    { id: "c", kind: "volatile", outcome: { error: "not-sent" } },
    { id: "d", kind: "volatile", outcome: { error: "unknown" } },
  ],
  topic: [subscribed(4, false), event(5), event(6), subscribed(6, true), event(7), gap(8, 9), ...events(10, 109)],
  reached: { epoch: "e", offset: 109 },
  live: { moved: 7, slider: 7, shown: "21", pending: false },
  connects: 3,
  resumes: 2,
  states: [],
};
const ran = ["a", "b"];

/** Two sessions, in the first of which a request was lost, and an epoch for each. */
const restarted: Records = {
  ...right,
  requests: [...right.requests, { id: "e", kind: "plain", outcome: { error: "unknown" } }],
  topic: [...right.topic, subscribed(2, false, "f"), gap(1, 2, "new-epoch"), event(3, "f")],
  reached: { epoch: "f", offset: 3 },
  connects: 2,
  resumes: 0,
};

test("what is right is accepted", () => {
  expect(violations(right, ran)).toEqual([]);
  expect(violations(right, [...ran, "d"])).toEqual([]);
  expect(violations(restarted, ran)).toEqual([]);
  expect(violations(restarted, [...ran, "e"])).toEqual([]);
});

const asked = (outcome: RequestRecord["outcome"]) => ({ requests: [{ id: "a", kind: "plain", ...(outcome && { outcome }) }] as const });
const lost = { connects: 2, resumes: 0 };
const topic = (first: number, ...records: TopicRecord[]) => ({
  topic: [subscribed(4, false), event(5), ...records, ...events(first, 110)],
  reached: { epoch: "e", offset: 110 },
});
const then = (...records: TopicRecord[]) => ({ topic: [...right.topic, ...records], reached: { epoch: "f", offset: 1 } });
const live = (live: Partial<LiveRecord>) => ({ live: { ...right.live, ...live } });

/** What is said of records that differ from the right ones. */
const wrong: [said: string, change: Partial<Records>, ran?: string[]][] = [
  ["plain a has not settled", asked(undefined)],
  ["plain a has the reply to b", asked({ reply: "b" })],
  ["plain a was answered and did not run", {}, ["b"]],
  ["keyed b ran 2 times", {}, ["a", "b", "b"]],
  ["volatile c was not sent and ran", {}, ["a", "b", "c"]],
  ["plain a settled as unknown in a session that went on", asked({ error: "unknown" })],
  ["plain a settled as timed-out", { ...asked({ error: "timed-out" }), ...lost }],
  ["plain a settled as not-sent", { ...asked({ error: "not-sent" }), ...lost }, []],
  ["7 of e after 5 of e", topic(7)],
  ["5 of e after 5 of e", topic(5)],
  ["5 of e after 6 of e", topic(5, event(6))],
  ["6 of e is 7", topic(7, event(6, "e", 7))],
  ["9 of e after 7 of e", topic(9, gap(6, 7))],
  ["7 of e after 8 of e", topic(7, gap(6, 8))],
  ["a gap from 5 to 6 after 5 of e", topic(7, gap(5, 6))],
  ["a gap of reason unannounced after 5 of e", topic(7, gap(6, 6, "unannounced"))],
  ["11 was kept at 110 of e", topic(12, gap(6, 11))],
  ["recovered at 7 of e, having come to 5 of e", topic(8, subscribed(7, true), gap(6, 7))],
  ["1 of f after 109 of e", then(event(1, "f"))],
  ["recovered at 0 of f, having come to 109 of e", then(subscribed(0, true, "f"), gap(1, 0, "new-epoch"), event(1, "f"))],
  ["the topic ended at 109 of e, and was at 1 of f", then()],
  ["the topic ended at 109 of e, and was at 110 of e", { reached: { epoch: "e", offset: 110 } }],
  ["the slider is at 6, and was moved to 7", live({ slider: 6 })],
  ["for 7, 18 is shown", live({ shown: "18" })],
  ["7 is pending", live({ pending: true })],
];
for (const [said, change, ranThen = ran] of wrong) {
  test(`found: ${said}`, () => {
    expect(violations({ ...right, ...change }, ranThen)).toEqual([said]);
  });
}
