/**
 * Server, client and worker in one process. `toInprocessServer()` returns one end of a connection
 * whose other end is the server. No socket is opened, so Deno needs no permission at all.
 *
 * ```sh
 * deno run examples/in_process.ts Gearman geartrain
 * bun examples/in_process.ts Gearman geartrain
 * ```
 *
 * The worker turns each word round, the client prints what it gets back: `namraeG`, `niartraeg`.
 *
 * @module
 */
import process from "node:process";
import { type InprocessConn, Server } from "@geartrain/server";
import {
  HEADER_SIZE,
  PacketDecoder,
  type PacketName,
  PACKETS,
  PacketType,
  type PacketView,
} from "@geartrain/server/protocol";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A packet from the server. If data follows its arguments, that is the last of them here. */
interface Packet {
  readonly name: PacketName;
  readonly args: readonly string[];
}

/** A client or worker: sends packets, and iterates over those that come until the server closes. */
class Peer {
  readonly #conn: InprocessConn;
  readonly #buffer = new Uint8Array(16 * 1024);
  readonly #arrived: Packet[] = [];
  readonly #decoder = new PacketDecoder({
    packet: (view) => this.#arrived.push(packetOf(view)),
    line: () => {}, // The answer to a text command; none is sent here.
    fault: (name) => {
      throw new Error(`The server sent something that is not Gearman: ${name}`);
    },
  });

  constructor(conn: InprocessConn) {
    this.#conn = conn;
  }

  async send(name: PacketName, ...args: string[]): Promise<void> {
    const body = encoder.encode(args.join("\0"));
    const packet = new Uint8Array(HEADER_SIZE + body.length);
    packet.set(encoder.encode("\0REQ"));
    new DataView(packet.buffer).setUint32(4, PacketType[name]);
    new DataView(packet.buffer).setUint32(8, body.length);
    packet.set(body, HEADER_SIZE);
    for (let rest = packet; rest.length > 0;) rest = rest.subarray(await this.#conn.write(rest));
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Packet> {
    for (;;) {
      while (this.#arrived.length > 0) yield this.#arrived.shift()!;
      const count = await this.#conn.read(this.#buffer);
      if (count === null) return;
      this.#decoder.push(this.#buffer, 0, count);
    }
  }
}

function packetOf(view: PacketView): Packet {
  const info = PACKETS[view.type]!;
  view.split(info);
  const text = (start: number, end: number) => decoder.decode(view.bytes.subarray(start, end));
  const args = info.args.map((_, index) =>
    text(view.argumentStart(index), view.argumentEnd(index))
  );
  if (info.data) args.push(text(view.dataStart, view.end));
  return { name: info.name, args };
}

/** Does jobs until the server closes the connection. */
async function work(server: Peer): Promise<void> {
  await server.send("CAN_DO", "reverse");
  await server.send("GRAB_JOB");
  for await (const { name, args } of server) {
    if (name === "NO_JOB") await server.send("PRE_SLEEP");
    else if (name === "NOOP") await server.send("GRAB_JOB");
    else if (name === "JOB_ASSIGN") {
      const [handle, _function, workload] = args;
      await server.send("WORK_COMPLETE", handle, [...workload].reverse().join(""));
      await server.send("GRAB_JOB");
    }
  }
}

/** Submits a job and waits for its result. */
async function reverse(server: Peer, text: string): Promise<string> {
  await server.send("SUBMIT_JOB", "reverse", "", text);
  for await (const { name, args } of server) {
    if (name === "WORK_COMPLETE") return args[1];
    if (name === "WORK_FAIL") throw new Error(`The job ${args[0]} failed`);
  }
  throw new Error("The server closed the connection");
}

const server = new Server();
const worker = work(new Peer(server.toInprocessServer()));
const client = new Peer(server.toInprocessServer());
for (const word of process.argv.slice(2)) console.log(await reverse(client, word));
await server.stop();
await worker;
