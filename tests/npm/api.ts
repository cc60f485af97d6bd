// Generated from the Rust contract: do not edit.

export type Anything = unknown;

export type Product = { area: number, };

export type Sides = { width: number, height: number, };

export type Terms = { a: number, b: number, };

export type Tick = { price: number, };

export interface Api {
  methods: {
    "cancelled": { params: null; reply: number };
    "echo": { params: Anything; reply: Anything };
    "fail": { params: null; reply: null };
    "slow": { params: number; reply: number };
    "sum": { params: Terms; reply: number };
  };
  topics: {
    "ticks": Tick;
  };
  live: {
    "area": { model: Sides; result: Product };
  };
}
