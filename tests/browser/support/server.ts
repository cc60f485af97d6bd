import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fromXtask } from "./environment.ts";

/** A running `server-stub` of the test's own, serving the demo. */
export class DemoServer {
  /** Where the demo is: `http://127.0.0.1:<port>/`. */
  readonly url: string;
  /** Every line that the server has printed, over all its lives. */
  readonly output: string[];
  /** Whether the server has been ended, even if it runs again. */
  wasEnded = false;
  #process: ChildProcess | undefined;

  private constructor(url: string, output: string[], process: ChildProcess) {
    this.url = url;
    this.output = output;
    this.#process = process;
  }

  /** Starts a server on a free port; it answers when this resolves. */
  static async start(): Promise<DemoServer> {
    const output: string[] = [];
    const { process, url } = await launch("127.0.0.1:0", output);
    return new DemoServer(url, output, process);
  }

  /** Crashes the server: its sockets break without a goodbye. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** Asks the server to end in order, and waits until it has. */
  async stop(): Promise<void> {
    await this.#end("SIGTERM");
  }

  /** Makes the server hang: it keeps its sockets and does nothing. */
  hang(): void {
    this.#process?.kill("SIGSTOP");
  }

  /** Lets the server go on, after `hang`. */
  goOn(): void {
    this.#process?.kill("SIGCONT");
  }

  /** Starts the server again on the same port, after `kill` or `stop`. */
  async restart(): Promise<void> {
    if (this.#process) throw new Error("the server is still running");
    const { process } = await launch(new URL(this.url).host, this.output);
    this.#process = process;
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const process = this.#process;
    this.#process = undefined;
    this.wasEnded = true;
    if (process) await end(process, signal);
  }
}

/** Runs the server and waits for the line that says where it listens. */
async function launch(address: string, output: string[]): Promise<{ process: ChildProcess; url: string }> {
  const process = spawn(
    fromXtask("FADER_SERVER_BIN"),
    ["--addr", address, "--dir", fromXtask("FADER_DIST")],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  const url = await new Promise<string>((resolve, reject) => {
    process.once("error", reject);
    process.once("exit", (code, signal) => {
      reject(new Error(`the server ended (${signal ?? code}) and printed:\n${output.join("\n")}`));
    });
    for (const stream of [process.stdout, process.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        output.push(line);
        const listening = /^Fader demo: (http:\S+)$/.exec(line);
        if (listening?.[1]) resolve(listening[1]);
      });
    }
  });
  return { process, url };
}

async function end(process: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null) return;
  const exited = once(process, "exit");
  process.kill(signal);
  await exited;
}
