export default { test: { include: ["*.vitest.js"], testTimeout: 15_000 } };
