// Components that use the hooks in every way; the page's address says which, and whether under StrictMode.
import { FaderProvider, useBind, useClient, useConnection, useLive, useTopic } from "fader/react";
import * as React from "react";
import { StrictMode, useEffect, useRef, useState, type ComponentType, type ReactNode } from "react";
import { createRoot } from "react-dom/client";
import type { Api as Contract } from "../../api.ts";

interface Api extends Contract {
  live: Contract["live"] & { form: { model: { name: string }; result: unknown } };
}

// React 19.2 and newer have it.
const { Activity } = React as { Activity?: ComponentType<{ mode: "visible" | "hidden"; children: ReactNode }> };

/** Rendered with no client, with one that connects, and again. */
const firstNames: (string | undefined)[] = [];

function Controlled() {
  const { client } = useConnection<Api>("/fader");
  const [form, live] = useLive(client, "form", { name: "hello" });
  firstNames.push(form.model.name);
  return (
    <>
      <input data-testid="name" value={form.model.name} onChange={(event) => live.set({ name: event.target.value })} />
      <output data-testid="first">{firstNames[0]}</output>
    </>
  );
}

function Token() {
  const [token, setToken] = useState("wrong");
  const { client, state } = useConnection("/fader", { credentials: () => ({ token }) });
  useEffect(() => client?.renewCredentials(), [token]);
  return (
    <>
      <output data-testid="state">{state.name}</output>
      <button onClick={() => setToken("right")}>Log in</button>
    </>
  );
}

function Slider() {
  const { client } = useClient<Api>();
  const [area, live] = useLive(client, "area", { width: 2, height: 3 });
  const ref = useRef<HTMLInputElement>(null);
  useEffect(() => (ref.current ? live.bind(ref.current, "width") : undefined), [live]);
  return (
    <>
      <input data-testid="effect" ref={ref} type="range" max="10" />
      <input data-testid="bind" ref={useBind(live, "height")} type="range" max="10" />
      <output data-testid="area">{area.result?.area}</output>
      <output data-testid="results">{area.counters.results > 0 ? "some" : "none"}</output>
    </>
  );
}

function Panel() {
  const { state } = useClient();
  const [mode, setMode] = useState<"visible" | "hidden">("visible");
  const [isShown, show] = useState(true);
  return (
    <>
      <output data-testid="state">{state.name}</output>
      <button onClick={() => setMode(mode === "visible" ? "hidden" : "visible")}>Hide or show</button>
      <button onClick={() => show(!isShown)}>Mount or unmount</button>
      {Activity ? <Activity mode={mode}>{isShown && <Slider />}</Activity> : isShown && <Slider />}
    </>
  );
}

function Refused() {
  const { client, state } = useClient<Api & { topics: { nothing: string } }>();
  const { event, error } = useTopic(client, "nothing");
  return (
    <output data-testid="refused">
      {state.name} {String(event)} {String(error)}
    </output>
  );
}

/** Each event that its latest closure was called with, and the number of the render. */
const heard: string[] = [];

function Ticks() {
  const { client } = useClient<Api>();
  const [renders, render] = useState(0);
  const { event, events, error } = useTopic(client, "ticks", {
    keep: 3,
    onEvent: ({ price }) => heard.push(`${renders}:${price}`),
  });
  const publish = (prices: number[]) => prices.forEach((price) => void client?.publish("ticks", { price }));
  return (
    <>
      <button onClick={() => publish([1, 2, 3, 4, 5])}>Publish</button>
      <button onClick={() => render(renders + 1)}>Render</button>
      <output data-testid="events">{[event?.price, ...events.map(({ price }) => price), String(error)].join(" ")}</output>
    </>
  );
}

function Orphan() {
  return <>{String(useClient())}</>;
}

class Boundary extends React.Component<{ children: ReactNode }, { error?: unknown }> {
  override state: { error?: unknown } = {};
  static getDerivedStateFromError = (error: unknown) => ({ error });
  override render() {
    return "error" in this.state ? <output data-testid="boundary">{String(this.state.error)}</output> : this.props.children;
  }
}

const provided = (child: ReactNode) => <FaderProvider url="/fader">{child}</FaderProvider>;
const pages: Record<string, ReactNode> = {
  controlled: <Controlled />,
  token: <Token />,
  panel: provided(<Panel />),
  refused: provided(<Refused />),
  ticks: provided(<Ticks />),
  orphan: (
    <Boundary>
      <Orphan />
    </Boundary>
  ),
};
const { searchParams } = new URL(location.href);
const page = pages[searchParams.get("page") ?? ""];
Object.assign(globalThis, { heard, reactVersion: React.version });
createRoot(document.getElementById("root")!).render(searchParams.has("strict") ? <StrictMode>{page}</StrictMode> : page);
