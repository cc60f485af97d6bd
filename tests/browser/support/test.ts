import { expect, test as base, type ConsoleMessage } from "@playwright/test";
import { Demo } from "./demo.ts";
import { DemoServer } from "./server.ts";

interface Fixtures {
  /** A server of the test's own. */
  server: DemoServer;
  /** The demo, opened, connected, with its first curve. */
  demo: Demo;
  /** Whether the test breaks connections, of which the browser complains. */
  breaksConnections: boolean;
  /** Fails the test if its pages have complained. */
  quiet: void;
}

/** Playwright's `test` for the demo. */
export const test = base.extend<Fixtures>({
  server: async ({}, use, testInfo) => {
    const server = await DemoServer.start();
    await use(server);
    await server.kill();
    if (testInfo.status !== testInfo.expectedStatus) {
      await testInfo.attach("server output", { body: server.output.join("\n") });
    }
  },
  demo: async ({ page, server }, use) => {
    const demo = new Demo(page);
    await demo.open(server.url);
    await use(demo);
  },
  breaksConnections: [false, { option: true }],
  quiet: [
    async ({ context, server, breaksConnections }, use) => {
      const complaints: string[] = [];
      context.on("console", (message) => {
        // Violations of the page's security policy are among the errors.
        const bad = ["error", "warning", "assert"].includes(message.type());
        const expected =
          isLostConnection(message) ||
          (server.wasEnded && isRefusedConnection(message, server)) ||
          (breaksConnections && isBrokenConnection(message));
        if (bad && !expected) {
          complaints.push(`${message.type()}: ${message.text()}`);
        }
      });
      context.on("weberror", (error) => complaints.push(String(error.error())));
      await use();
      expect(complaints, "errors and warnings of the page").toEqual([]);
    },
    { auto: true },
  ],
});

/** What the browser itself says when a server that has been ended is dialled; nobody can keep it from that. */
function isRefusedConnection(message: ConsoleMessage, server: DemoServer): boolean {
  const socket = new URL("/fader", server.url.replace("http:", "ws:"));
  const failed = `WebSocket connection to '${socket}' failed: Error `;
  // It may go in the midst of a handshake.
  const endings = ["in connection establishment: net::ERR_CONNECTION_REFUSED", "during WebSocket handshake: net::ERR_CONNECTION_RESET"];
  return message.type() === "error" && endings.some((ending) => message.text() === failed + ending);
}

/** What the browser itself says when a WebSocket breaks. */
function isBrokenConnection(message: ConsoleMessage): boolean {
  return /^WebSocket connection to '\S+' failed: /.test(message.text());
}

export { expect };

/** The client's own word on why it is not connected: each new cause once, which tests bring about. */
function isLostConnection(message: ConsoleMessage): boolean {
  return message.type() === "warning" && message.text().startsWith("fader: no connection: ");
}
