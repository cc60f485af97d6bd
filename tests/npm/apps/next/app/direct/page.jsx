// Past Next, to the server itself.
import { FaderProvider } from "fader/react";
import { Area } from "../area";

export default function Page() {
  return (
    <FaderProvider url={new URL("fader", process.env.FADER_SERVER).href}>
      <Area />
    </FaderProvider>
  );
}
