/** What the test server offers. */
export interface Api {
  methods: {
    sum: { params: { a: number; b: number }; reply: number };
    echo: { params: unknown; reply: unknown };
    slow: { params: number; reply: number };
    cancelled: { params: null; reply: number };
    fail: { params: null; reply: null };
  };
  live: {
    area: { model: { width: number; height: number }; result: { area: number } };
  };
}
