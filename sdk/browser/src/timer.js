// Timers of the page.

/** Calls `tell` in `ms` milliseconds, unless what it returns is called before. */
export function start(ms, tell) {
  // The one that belongs to it: tests put another clock in the place of the browser's at any time.
  const { clearTimeout } = globalThis;
  const id = setTimeout(tell, ms);
  return () => clearTimeout(id);
}
