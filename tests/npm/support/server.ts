import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { platform } from "node:process";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import { fromXtask } from "./environment.ts";

const run = promisify(execFile);

/** A running test server, serving a folder and `/fader`. */
export class Server {
  /** `http://127.0.0.1:<port>/`. */
  readonly url: string;
  /** The ids of the requests of `run` that have run, over all the lives of the server, in order. */
  readonly ran: string[];
  readonly #args: readonly string[];
  #process: ChildProcess | undefined;

  private constructor(url: string, args: readonly string[], ran: string[], process: ChildProcess) {
    this.url = url;
    this.ran = ran;
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
    const ran: string[] = [];
    const { process, url } = await launch("127.0.0.1:0", args, ran);
    return new Server(url, args, ran, process);
  }

  /** Ends the server: its sockets break without a goodbye. */
  async kill(): Promise<void> {
    await this.#end((process) => process.kill("SIGKILL"));
  }

  /** Asks the server to end in order, and waits until it has. */
  async stop(): Promise<void> {
    await this.#end((process) => process.stdin?.end());
  }

  /** Stops the machine under the server: it keeps its sockets and its memory, and does nothing. */
  async suspend(): Promise<void> {
    this.#process?.kill("SIGSTOP");
    // On a busy machine it may take a while, in which requests are still answered.
    while (!(await this.#isStopped())) await setTimeout(1);
  }

  async #isStopped(): Promise<boolean> {
    const pid = `${this.#process?.pid}`;
    if (platform !== "linux") return (await run("ps", ["-o", "stat=", "-p", pid])).stdout.startsWith("T");
    // The state follows the name of the program, which is in brackets.
    return /^.*\) T/.test(await readFile(`/proc/${pid}/stat`, "utf8"));
  }

  /** Lets it go on, after `suspend`. */
  resume(): void {
    this.#process?.kill("SIGCONT");
  }

  /** Starts the server again on the same port, after `kill` or `stop`; it knows nothing of before. */
  async restart(): Promise<void> {
    this.#process = (await launch(new URL(this.url).host, this.#args, this.ran)).process;
  }

  async #end(how: (process: ChildProcess) => void): Promise<void> {
    const process = this.#process;
    this.#process = undefined;
    if (!process) return;
    // With all that it has said.
    const closed = once(process, "close");
    how(process);
    await closed;
  }
}

async function launch(
  address: string,
  args: readonly string[],
  ran: string[],
): Promise<{ process: ChildProcess; url: string }> {
  const process = spawn(fromXtask("FADER_NPM_SERVER_BIN"), ["--addr", address, ...args], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const url = await new Promise<string>((resolve, reject) => {
    process.once("error", reject);
    process.once("exit", (code, signal) => reject(new Error(`the server ended (${signal ?? code})`)));
    createInterface({ input: process.stdout }).on("line", (line) => {
      if (line.startsWith("ran ")) ran.push(line.slice("ran ".length));
      else resolve(line);
    });
  });
  return { process, url };
}
