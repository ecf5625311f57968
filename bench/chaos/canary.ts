import type { Buffer } from "node:buffer";
import { Histogram } from "../../cli/bench/load.ts";
import { encodeRequest, PacketType } from "../../protocol/mod.ts";
import { SocketPeer } from "../socket_peer.ts";

/** Time between two jobs, and between two newcomers, in milliseconds. */
const JOB_INTERVAL = 100;
const NEWCOMER_INTERVAL = 1000;

/**
 * A client and a worker that do ten small jobs a second, beside whatever else the server has to do,
 * and check each result. Once a second somebody else connects and asks for an echo.
 */
export class Canary {
  /** From submit to result, in milliseconds. */
  readonly times = new Histogram();
  /** From connect to echo, in milliseconds. */
  readonly newcomers = new Histogram();
  /** Results that came, with the right bytes. */
  done = 0;
  /** What a server must not do: a wrong result, one too many, a failure. */
  readonly faults: string[] = [];
  readonly #port: number;
  readonly #client: SocketPeer;
  readonly #worker: SocketPeer;
  /** When each job that is under way was submitted, by its payload. */
  readonly #underWay = new Map<string, number>();
  #submitted = 0;
  #newcomersUnderWay = 0;
  #timers: ReturnType<typeof setInterval>[] = [];
  #whenIdle: (() => void) | null = null;

  private constructor(port: number, client: SocketPeer, worker: SocketPeer) {
    this.#port = port;
    this.#client = client;
    this.#worker = worker;
    client.onPacket = (type, body) => this.#answered(type, body);
    worker.onPacket = (type, body) => this.#work(type, body);
    worker.send(encodeRequest(PacketType.CAN_DO, "canary"));
    worker.send(encodeRequest(PacketType.GRAB_JOB));
  }

  /** Connects to a port of 127.0.0.1. */
  static async connect(port: number): Promise<Canary> {
    return new Canary(port, await SocketPeer.connect(port), await SocketPeer.connect(port));
  }

  /** Begins to submit. */
  start(): void {
    this.#timers = [
      setInterval(() => this.#submit(), JOB_INTERVAL),
      setInterval(() => void this.#newcomer(), NEWCOMER_INTERVAL),
    ];
  }

  /**
   * Submits no more, and waits for what is under way for so many milliseconds at most.
   *
   * @returns how many jobs have no result by then.
   */
  async stop(patience: number): Promise<number> {
    for (const timer of this.#timers) clearInterval(timer);
    let timer;
    if (this.#underWay.size + this.#newcomersUnderWay > 0) {
      await new Promise<void>((resolve) => {
        this.#whenIdle = resolve;
        timer = setTimeout(resolve, patience);
      });
    }
    clearTimeout(timer);
    this.#client.close();
    this.#worker.close();
    return this.#underWay.size;
  }

  #submit(): void {
    const payload = `job ${this.#submitted++}`;
    this.#underWay.set(payload, performance.now());
    this.#client.send(encodeRequest(PacketType.SUBMIT_JOB, "canary", "", payload));
  }

  #answered(type: number, body: Buffer): void {
    if (type === PacketType.JOB_CREATED) return;
    const text = body.toString("latin1", body.indexOf(0) + 1);
    const payload = text.replace(/^done: /, "");
    const since = this.#underWay.get(payload);
    if (type !== PacketType.WORK_COMPLETE || since === undefined || text === payload) {
      this.faults.push(`packet ${type}: ${text.slice(0, 100)}`);
      return;
    }
    this.#underWay.delete(payload);
    this.times.add(performance.now() - since);
    this.done++;
    this.#lookForIdle();
  }

  #work(type: number, body: Buffer): void {
    if (type === PacketType.NO_JOB) return this.#worker.send(encodeRequest(PacketType.PRE_SLEEP));
    if (type === PacketType.JOB_ASSIGN) {
      const [handle, , payload] = body.toString("latin1").split("\0");
      this.#worker.send(encodeRequest(PacketType.WORK_COMPLETE, handle, `done: ${payload}`));
    }
    this.#worker.send(encodeRequest(PacketType.GRAB_JOB));
  }

  async #newcomer(): Promise<void> {
    this.#newcomersUnderWay++;
    const since = performance.now();
    try {
      const peer = await SocketPeer.connect(this.#port);
      await new Promise<void>((resolve) => {
        peer.onPacket = () => resolve();
        peer.send(encodeRequest(PacketType.ECHO_REQ, "newcomer"));
      });
      peer.close();
      this.newcomers.add(performance.now() - since);
    } catch (error) {
      this.faults.push(`a newcomer: ${(error as Error).message}`);
    }
    this.#newcomersUnderWay--;
    this.#lookForIdle();
  }

  #lookForIdle(): void {
    if (this.#underWay.size + this.#newcomersUnderWay === 0) this.#whenIdle?.();
  }
}
