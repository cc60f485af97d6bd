import { Proxy } from "../../shared/proxy.ts";
import { Demo } from "./demo.ts";
import { fromXtask } from "./environment.ts";
import { expect, test as base } from "./test.ts";

/** `test` with a proxy between the browser and the test's server. */
export const test = base.extend<{ network: Proxy }>({
  breaksConnections: true,
  network: async ({ server }, use) => {
    const proxy = await Proxy.start(fromXtask("FADER_PROXY_BIN"), server.url);
    await use(proxy);
    await proxy.end();
  },
  demo: async ({ page, network }, use) => {
    const demo = new Demo(page);
    await demo.open(network.url);
    await use(demo);
  },
});

export { expect };
