import { ConfiguredPolicy } from "../../../policies/mod.ts";
import { GearmanPolicy } from "../../../router/policy.ts";
import { Router, type RouterOptions } from "../../../router/mod.ts";
import { SharedJobs } from "../../../durability/shared/shared_jobs.ts";
import { type MemoryMember, MemoryQueue } from "../../support/memory_queue.ts";
import { assertInvariants } from "../../../testing/invariants.ts";
import { ManualClock } from "../../../testing/manual_clock.ts";
import { FakePeer, type ReceivedPacket } from "../../support/fake_peer.ts";

/** What the handles of the cluster begin with. */
export const HANDLE_BASE = "H:cluster:123456789012";
/** How long submits are held, in milliseconds. */
export const TIMEOUT = 10_000;

/** The handle of a job by its number. */
export function handleOf(number: number): string {
  return HANDLE_BASE + String(number).padStart(14, "0");
}

/** One of several servers, without sockets, whose jobs are in one queue. */
export class TestServer {
  readonly router: Router;
  readonly jobs: SharedJobs;
  readonly member: MemoryMember;
  readonly reports: string[] = [];
  readonly #servers: TestServers;

  /** @internal Made by {@linkcode TestServers}. */
  constructor(servers: TestServers, name: string, options: Partial<RouterOptions>) {
    this.#servers = servers;
    this.member = servers.queue.member();
    const { clock, rules } = servers;
    const policy = new ConfiguredPolicy({
      otherwise: new GearmanPolicy(options.jobRetries ?? -1),
      clock,
      random: () => 0,
    });
    policy.use(rules);
    this.router = new Router(clock, { jobHandlePrefix: `H:${name}`, ...options }, policy);
    this.jobs = new SharedJobs(this.router, this.member, {
      member: { name, address: "", version: "1.2.3" },
      timeout: TIMEOUT,
      later: queueMicrotask,
      report: (message, level = "ERROR") => this.reports.push(`${level} ${message}`),
    });
  }

  /** A client or worker of this server. */
  peer(): SharedPeer {
    return new SharedPeer(this);
  }

  /** A worker that sleeps, or was woken for what there is. */
  async worker(...functions: string[]): Promise<SharedPeer> {
    const worker = this.peer();
    worker.canDo(...functions).send("PRE_SLEEP");
    await this.settled();
    worker.packets();
    return worker;
  }

  /** Resolves when all has happened that happens without the clock. */
  settled(): Promise<void> {
    return this.#servers.settled();
  }

  /** How many jobs are in memory. */
  get size(): number {
    return this.router.jobs.size;
  }
}

/** A peer whose output leaves no sooner than it may. */
export class SharedPeer extends FakePeer {
  readonly #server: TestServer;

  /** @internal Made by {@linkcode TestServer}. */
  constructor(server: TestServer) {
    super(server.router);
    this.#server = server;
  }

  /** May what was sent to it leave? */
  get mayLeave(): boolean {
    return !this.#server.jobs.writer.mustWait(this);
  }

  /** What it receives for a packet. */
  async answer(...packet: Parameters<FakePeer["send"]>): Promise<ReceivedPacket[]> {
    this.send(...packet);
    await this.#server.settled();
    return this.packets();
  }

  /** Submits; the handle, or what it got instead. */
  async submitted(...packet: Parameters<FakePeer["send"]>): Promise<string> {
    const [{ type, args }] = await this.answer(...packet);
    return type === "JOB_CREATED" ? args[0] : `${type} ${args.join(" ")}`;
  }

  /** A background submit of normal priority. */
  background(name: string, unique = "", payload = ""): Promise<string> {
    return this.submitted("SUBMIT_JOB_BG", name, unique, payload);
  }

  /** The answer to a text line. */
  async told(line: string): Promise<string> {
    this.raw(`${line}\n`);
    let all = this.bytes();
    // A long one waits for the queue, page by page.
    for (let page = 0; page < 5; page++) {
      await this.#server.settled();
      all += this.bytes();
    }
    return all;
  }

  /** The arguments of a JOB_ASSIGN, or null. */
  async grabbed(): Promise<string[] | null> {
    const assigned = this.grab();
    await this.#server.settled();
    return assigned;
  }

  /** Grabs and completes jobs until there are none; their payloads. */
  async drained(): Promise<string[]> {
    const payloads: string[] = [];
    for (let nothing = 0; nothing < 3;) {
      const assigned = await this.grabbed();
      if (assigned === null) {
        nothing++;
        this.send("PRE_SLEEP");
        await this.#server.settled();
        this.packets();
        continue;
      }
      nothing = 0;
      payloads.push(assigned[2]);
      this.send("WORK_COMPLETE", assigned[0], "");
    }
    return payloads;
  }
}

/** Several servers on one queue, and one clock that the test moves. */
export class TestServers {
  readonly clock = new ManualClock();
  readonly queue = new MemoryQueue(HANDLE_BASE, this.clock);
  readonly servers: TestServer[] = [];
  /** The rules of all servers, as in a configuration. */
  readonly rules: object;

  constructor(rules: object = {}) {
    this.rules = rules;
  }

  /** So many servers that are ready, called a, b, c. */
  static async begin(
    count: number,
    options: Partial<RouterOptions> = {},
    rules: object = {},
  ): Promise<TestServers & { a: TestServer; b: TestServer; c: TestServer }> {
    const all = new TestServers(rules);
    for (let index = 0; index < count; index++) await all.add("abc"[index], options);
    const [a, b, c] = all.servers;
    return Object.assign(all, { a, b, c });
  }

  /** One more. */
  async add(name: string, options: Partial<RouterOptions> = {}): Promise<TestServer> {
    const server = new TestServer(this, name, options);
    this.servers.push(server);
    await server.jobs.load();
    await this.settled();
    return server;
  }

  /** Resolves when all has happened that happens without the clock. */
  async settled(): Promise<void> {
    await this.#turns();
    for (const { router } of this.servers) assertInvariants(router);
  }

  async #turns(): Promise<void> {
    for (let turn = 0; turn < 100; turn++) await null;
  }

  /** Time passes. */
  async advance(milliseconds: number): Promise<void> {
    const step = milliseconds < 100 ? 1 : 100;
    for (let left = milliseconds; left > 0; left -= step) {
      this.clock.advance(Math.min(left, step));
      await this.#turns();
    }
    await this.settled();
  }

  /** Lets go of all. */
  async close(): Promise<void> {
    const closed = this.servers.map(({ jobs }) => jobs.close());
    await this.advance(2 * TIMEOUT);
    await Promise.all(closed);
    for (const { router } of this.servers) router.close();
  }
}
