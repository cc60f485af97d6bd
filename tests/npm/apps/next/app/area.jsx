"use client";

import { useBind, useClient, useLive, useTopic } from "fader/react";
import { useState } from "react";

export function Area() {
  const { client, state } = useClient();
  const [area, live] = useLive(client, "area", { width: 2, height: 3 });
  const { event } = useTopic(client, "ticks");
  const [sum, setSum] = useState();
  return (
    <>
      <output data-testid="state">{state.name}</output>
      <input type="range" max="10" ref={useBind(live, "width")} />
      <output data-testid="width">{area.model.width}</output>
      <output data-testid="area">{area.result?.area}</output>
      <button onClick={async () => setSum(await client.request("sum", { a: 2, b: 3 }))}>2 + 3</button>
      <output data-testid="sum">{sum}</output>
      <button onClick={() => client.publish("ticks", { price: 7 })}>Publish</button>
      <output data-testid="tick">{event?.price}</output>
    </>
  );
}
