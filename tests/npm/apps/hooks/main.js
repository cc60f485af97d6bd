import { useConnection } from "fader/react";
import { createElement } from "react";
import { createRoot } from "react-dom/client";

/** Nothing of the package but a hook. */
function App() {
  const { state, error } = useConnection("/fader");
  return createElement("output", null, String(error ?? state.name));
}

createRoot(document.body.appendChild(document.createElement("main"))).render(createElement(App));
