// Generated from the Rust contract: do not edit.

export type Anything = unknown;

export type Bytes = Uint8Array;

export type Person = { name: string, };

export type Product = { area: number, };

export type Reached = { epoch: string, offset: number, };

export type Sent = { items: number, ended: number, };

export type Sides = { width: number, height: number, };

export type Task = { id: string, ms: number, };

export type Terms = { a: number, b: number, };

export type Tick = { price: number, };

export interface Api {
  methods: {
    "cancelled": { params: null; reply: number };
    "counted": { params: null; reply: Reached | null };
    "counted-down": { params: null; reply: Sent };
    "echo": { params: Anything; reply: Anything };
    "fail": { params: null; reply: null };
    "reverse": { params: Bytes; reply: Bytes };
    "run": { params: Task; reply: string };
    "slow": { params: number; reply: number };
    "sum": { params: Terms; reply: number };
  };
  streams: {
    "countdown": { params: number; item: number };
  };
  topics: {
    "counts": number;
    "files": Bytes;
    "room": string;
    "ticks": Tick;
  };
  members: {
    "room": Person;
  };
  live: {
    "area": { model: Sides; result: Product };
  };
}
