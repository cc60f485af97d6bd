import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [react()],
  build: { target: "es2022" },
  // The example's server, started beside `npm run dev`.
  server: { proxy: { "/fader": { target: "ws://127.0.0.1:8090", ws: true } } },
});
