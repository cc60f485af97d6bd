import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** From the page to the server, or back. */
export type Direction = "up" | "down";

/** What went through a proxy. */
export interface ProxyStats {
  readonly connections: number;
  /** In bytes. */
  readonly up: number;
  readonly down: number;
}

/** A proxy before a server, which does to connections what networks do. */
export class Proxy {
  /** Where the server is reached through it. */
  readonly url: string;
  readonly #process: ChildProcess;
  /** Whoever waits for an answer, in the order of the commands. */
  readonly #waiting: ((answer: string) => void)[];

  private constructor(url: string, process: ChildProcess, waiting: ((answer: string) => void)[]) {
    this.url = url;
    this.#process = process;
    this.#waiting = waiting;
  }

  /** Starts a proxy, of this executable, to the server at that URL. */
  static async start(executable: string, server: string): Promise<Proxy> {
    const process = spawn(executable, [new URL(server).host], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const waiting: ((answer: string) => void)[] = [];
    const first = new Promise<string>((resolve, reject) => {
      waiting.push(resolve);
      process.once("error", reject);
      process.once("exit", (code) => reject(new Error(`the proxy ended (${code})`)));
    });
    createInterface({ input: process.stdout }).on("line", (line) => waiting.shift()?.(line));
    const address = (await first).replace("listening on ", "");
    return new Proxy(`http://${address}/`, process, waiting);
  }

  /** Each byte takes so long, in ms. */
  async delay(direction: Direction, ms: number): Promise<void> {
    await this.#command(`delay ${direction} ${ms}`);
  }

  /** Passes nothing on in that direction, and tells nobody. */
  async hold(direction: Direction): Promise<void> {
    await this.#command(`hold ${direction}`);
  }

  /** Passes everything on again. */
  async release(): Promise<void> {
    await this.#command("release");
  }

  /** Cuts all connections that are open. */
  async cut(): Promise<void> {
    await this.#command("cut");
  }

  /** Cuts connections when exactly so many bytes of theirs went in that direction. */
  async cutAfter(direction: Direction, bytes: number | "never"): Promise<void> {
    await this.#command(`cut-after ${direction} ${bytes}`);
  }

  /** Passes everything on in pieces of at most so many bytes. */
  async chop(bytes: number): Promise<void> {
    await this.#command(`chop ${bytes}`);
  }

  /** Accepts new connections, and nothing ever comes of them. */
  async hang(hangs: boolean): Promise<void> {
    await this.#command(`hang ${hangs ? "on" : "off"}`);
  }

  async stats(): Promise<ProxyStats> {
    const answer = await this.#command("stats");
    const count = (name: string) => Number(new RegExp(`${name}=(\\d+)`).exec(answer)?.[1]);
    return { connections: count("connections"), up: count("up"), down: count("down") };
  }

  async end(): Promise<void> {
    const exited = once(this.#process, "exit");
    this.#process.kill();
    await exited;
  }

  async #command(line: string): Promise<string> {
    const answered = new Promise<string>((resolve) => this.#waiting.push(resolve));
    this.#process.stdin?.write(`${line}\n`);
    const answer = await answered;
    if (!answer.startsWith("ok")) throw new Error(answer);
    return answer;
  }
}
