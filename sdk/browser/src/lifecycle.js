// What happens to the page. A worker has no page and hears nothing.

const { window, document } = globalThis;

/** In the order of `CHANGES` in `lifecycle.rs`. */
const CHANGES = [
  [window, "online"],
  [window, "offline"],
  [window, "pageshow"],
  [window, "pagehide"],
  [document, "freeze"],
  [document, "resume"],
  [document, "visibilitychange"],
];

/** Calls `tell` with the index of each change, until what it returns is called. */
export function listen(tell) {
  const on = ({ type }) => {
    if (type === "visibilitychange" && document.visibilityState !== "visible") return;
    tell(CHANGES.findIndex(([, of]) => of === type));
  };
  for (const [target, type] of CHANGES) target?.addEventListener(type, on);
  return () => {
    for (const [target, type] of CHANGES) target?.removeEventListener(type, on);
  };
}

/** Whether the browser says that there is no network. */
export const isOffline = () => window?.navigator.onLine === false;
