// A server component.
import { FaderProvider } from "fader/react";
import { Area } from "./area";

export default function Page() {
  return (
    <FaderProvider url="/fader">
      <Area />
    </FaderProvider>
  );
}
