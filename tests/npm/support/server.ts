import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fromXtask } from "./environment.ts";

/** A running test server, serving a folder and `/fader`. */
export class Server {
  /** `http://127.0.0.1:<port>/`. */
  readonly url: string;
  readonly #args: readonly string[];
  #process: ChildProcess | undefined;

  private constructor(url: string, args: readonly string[], process: ChildProcess) {
    this.url = url;
    this.#args = args;
    this.#process = process;
  }

  /** Where clients that have no page connect to. */
  get webSocketUrl(): string {
    return `${this.url.replace("http:", "ws:")}fader`;
  }

  /** Starts a server on a free port; it answers when this resolves. */
  static async start(dir = fromXtask("FADER_SITE"), ...options: string[]): Promise<Server> {
    const args = ["--dir", dir, ...options];
    const { process, url } = await launch("127.0.0.1:0", args);
    return new Server(url, args, process);
  }

  /** Ends the server: its sockets break without a goodbye. */
  async kill(): Promise<void> {
    const process = this.#process;
    this.#process = undefined;
    if (!process) return;
    const exited = once(process, "exit");
    process.kill("SIGKILL");
    await exited;
  }

  /** Starts the server again on the same port; it knows nothing of before. */
  async restart(): Promise<void> {
    this.#process = (await launch(new URL(this.url).host, this.#args)).process;
  }
}

async function launch(address: string, args: readonly string[]): Promise<{ process: ChildProcess; url: string }> {
  const process = spawn(fromXtask("FADER_NPM_SERVER_BIN"), ["--addr", address, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const url = await new Promise<string>((resolve, reject) => {
    process.once("error", reject);
    process.once("exit", (code, signal) => reject(new Error(`the server ended (${signal ?? code})`)));
    createInterface({ input: process.stdout }).once("line", resolve);
  });
  return { process, url };
}
