// Generated from the Rust contract: do not edit.

export type Anything = unknown;

export type Bytes = Uint8Array;

export type Product = { area: number, };

export type Reached = { epoch: string, offset: number, };

export type Sides = { width: number, height: number, };

export type Task = { id: string, ms: number, };

export type Terms = { a: number, b: number, };

export type Tick = { price: number, };

export interface Api {
  methods: {
    "cancelled": { params: null; reply: number };
    "counted": { params: null; reply: Reached | null };
    "echo": { params: Anything; reply: Anything };
    "fail": { params: null; reply: null };
    "reverse": { params: Bytes; reply: Bytes };
    "run": { params: Task; reply: string };
    "slow": { params: number; reply: number };
    "sum": { params: Terms; reply: number };
  };
  topics: {
    "counts": number;
    "files": Bytes;
    "ticks": Tick;
  };
  live: {
    "area": { model: Sides; result: Product };
  };
}
