import { useBind, useClient, useLive, useTopic } from "fader/react";
import { useState } from "react";

/** What page and server exchange. */
interface Api {
  methods: { sum: { params: { a: number; b: number }; reply: number } };
  topics: { ticks: { price: number } };
  live: { area: { model: { width: number; height: number }; result: { area: number } } };
}

export function App() {
  const { client, state, error } = useClient<Api>();
  const [area, live] = useLive(client, "area", { width: 2, height: 3 });
  const ticks = useTopic(client, "ticks");
  const [sum, setSum] = useState<number>();

  // A slider that is bound reports gestures, not only values.
  const slider = useBind(live, "width");

  const add = () => client?.request("sum", { a: 2, b: 3 }).then(setSum, (reason) => alert(reason));
  if (error) return <p role="alert">{String(error)}</p>;
  return (
    <>
      <p>
        Connection: <span data-testid="state">{state.name}</span>
      </p>
      <label>
        Width <input ref={slider} type="range" min="0" max="10" step="0.1" />
      </label>
      <p>
        Area: <output data-testid="area">{area.result?.area.toFixed(2) ?? "…"}</output> {area.pending && "(computing)"}
      </p>
      <button onClick={() => client?.publish("ticks", { price: 7 })}>Publish</button>{" "}
      <output data-testid="tick">{ticks.event?.price}</output>
      <button onClick={add}>2 + 3</button> <output data-testid="sum">{sum}</output>
    </>
  );
}
