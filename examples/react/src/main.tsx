import { FaderProvider } from "fader/react";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App.tsx";

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <FaderProvider url="/fader">
        <App />
      </FaderProvider>
    </StrictMode>,
  );
}
