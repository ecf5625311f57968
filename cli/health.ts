import { OutputBuffer, PacketDecoder } from "../protocol/mod.ts";
import type { Link, LinkHandler } from "../router/mod.ts";
import { dial } from "../transport/dial.ts";
import { type Command, command, type CommonSettings, HELP_OPTION } from "./command.ts";
import type { OptionTable } from "./options/option.ts";
import * as values from "./options/values.ts";
import { print } from "./print.ts";

/** What `geartrain health` is told. */
interface HealthSettings extends CommonSettings {
  host?: string;
  port?: number;
  /** Path of a unix socket. */
  socket?: string;
  /** Seconds. */
  timeout?: number;
}

const DEFAULT_PORT = 4730;
const DEFAULT_TIMEOUT = 5;

const OPTIONS: OptionTable<HealthSettings> = [
  {
    key: "host",
    name: "host",
    group: "Server",
    value: "HOST",
    default: "localhost",
    help: "Name or address of the machine.",
    parse: values.text,
  },
  {
    key: "port",
    name: "port",
    aliases: ["p"],
    group: "Server",
    value: "PORT",
    default: `${DEFAULT_PORT}`,
    help: "TCP port, as a number or a service name.",
    parse: values.port,
  },
  {
    key: "socket",
    name: "socket",
    group: "Server",
    value: "PATH",
    help: "A unix socket instead of a host and a port.",
    parse: values.text,
  },
  {
    key: "timeout",
    name: "timeout",
    group: "Server",
    value: "SECONDS",
    default: `${DEFAULT_TIMEOUT}`,
    help: "How long the server may take to answer.",
    parse: values.seconds,
  },
  HELP_OPTION,
];

/** `geartrain health`: does a job server answer? */
export const HEALTH: Command = command({
  name: "health",
  summary: "Ask a job server whether it serves.",
  usage: "[OPTIONS]",
  introduction: "Connects to a Gearman server, this one or any other, and asks for its version. " +
    "For health checks of containers and load balancers.",
  options: OPTIONS,
  sections: [{
    title: "Exit status",
    rows: [["0", "The server has answered."], ["1", "It has not, or an option is wrong."]],
  }],
}, health);

async function health(settings: HealthSettings): Promise<number> {
  const { host: hostname = "localhost", port = DEFAULT_PORT, socket: path } = settings;
  const timeout = (settings.timeout ?? DEFAULT_TIMEOUT) * 1000;
  const signal = AbortSignal.timeout(timeout);
  const question = new Question("version");
  const limits = { pauseReadingAt: Infinity, maxUnsent: Infinity, report: () => {} };
  const address = path === undefined ? { hostname, port } : { path };
  const link = await dial(address, limits, { timeout }, (link) => question.ask(link));
  const late = Promise.withResolvers<never>();
  signal.addEventListener("abort", () => late.reject(new Error("the server does not answer")));
  try {
    print(`${await Promise.race([question.answer, late.promise])}\n`);
    return 0;
  } finally {
    link.destroy();
  }
}

/** A text command of one line, and the line that answers it. */
class Question implements LinkHandler {
  readonly out: OutputBuffer = new OutputBuffer();
  readonly isHolding = false;
  readonly answer: Promise<string>;
  readonly #text: string;
  readonly #decoder: PacketDecoder;
  readonly #reject: (error: Error) => void;

  constructor(text: string) {
    this.#text = text;
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    // Whoever asked may have given up before.
    promise.catch(() => {});
    this.answer = promise;
    this.#reject = reject;
    this.#decoder = new PacketDecoder({
      line: (bytes, start, end) => resolve(new TextDecoder().decode(bytes.subarray(start, end))),
      packet: () => this.#refuse(),
      fault: () => this.#refuse(),
    });
  }

  ask(link: Link): this {
    this.out.string(`${this.#text}\n`);
    link.flush();
    return this;
  }

  receive(bytes: Uint8Array, start: number, end: number): void {
    this.#decoder.push(bytes, start, end);
  }

  resume(): void {}

  peerEnded(): void {
    this.closed();
  }

  closed(): void {
    this.#reject(new Error("the server has closed the connection without an answer"));
  }

  #refuse(): void {
    this.#reject(new Error("what answers is no Gearman server"));
  }
}
