import { type RandomNumbers, randomNumbers } from "../../support/random_numbers.ts";
import { handleOf, type SharedPeer, type TestServer, TestServers } from "./servers.ts";

const FUNCTIONS = ["f", "g"];
const UNIQUES = ["", "", "a", "b", "c"];
const SUBMITS = ["SUBMIT_JOB_BG", "SUBMIT_JOB_HIGH_BG", "SUBMIT_JOB_LOW_BG"] as const;
const MOST_WORKERS = 8;
/** After so many seconds in which nothing goes wrong all jobs must have run. */
const SECONDS_TO_DRAIN = 60;

/** A worker, and the handles of the jobs that it runs. */
interface Worker {
  readonly peer: SharedPeer;
  readonly running: string[];
}

/** Three servers to which anything may happen that happens to servers. */
export class RandomLife {
  readonly #all: TestServers;
  readonly #random: RandomNumbers;
  /** By server: one for background jobs, one that waits for foreground ones. */
  readonly #clients: { readonly background: SharedPeer; readonly foreground: SharedPeer }[];
  readonly #workers = new Set<Worker>();
  /** How many background submits were made, and answered. */
  submitted = 0;
  answered = 0;
  /** Handles that background submits were answered with. */
  readonly acknowledged = new Set<string>();
  /** Those that a worker has got, or that somebody has tried to cancel. */
  readonly seen = new Set<string>();
  /** What has happened. */
  readonly steps: string[] = [];

  private constructor(all: TestServers, seed: number) {
    this.#all = all;
    this.#random = randomNumbers(seed);
    this.#clients = all.servers.map((server) => ({
      background: server.peer(),
      foreground: server.peer(),
    }));
  }

  /** Begins one. */
  static async begin(seed: number): Promise<RandomLife> {
    return new RandomLife(await TestServers.begin(3), seed);
  }

  #pick<T>(items: Iterable<T>): T {
    const all = [...items];
    return all[this.#random(all.length)];
  }

  /** One thing happens. */
  async step(): Promise<void> {
    const steps = Object.entries(this.#steps);
    let left = this.#random(steps.reduce((sum, [, [weight]]) => sum + weight, 0));
    const [name, [, step]] = steps.find(([, [weight]]) => (left -= weight) < 0)!;
    this.steps.push(name);
    await step();
    this.#read();
  }

  readonly #steps: Record<string, [weight: number, step: () => unknown]> = {
    submit: [60, () => this.#submit()],
    foreground: [12, () => this.#foreground()],
    worker: [12, () => this.#worker(this.#pick(this.#all.servers))],
    grab: [80, () => this.#workers.size > 0 && grab(this.#pick(this.#workers))],
    complete: [50, () => this.#end("WORK_COMPLETE")],
    fail: [6, () => this.#end("WORK_FAIL")],
    vanish: [6, () => this.#vanish()],
    settle: [40, () => this.#all.settled()],
    moment: [20, () => this.#all.advance(1 + this.#random(20))],
    seconds: [8, () => this.#all.advance(500 + this.#random(3000))],
    cut: [3, () => this.#pick(this.#all.servers).member.cutOff()],
    loseAnswer: [3, () => this.#pick(this.#all.servers).member.loseAnswer()],
    heal: [12, () => this.#pick(this.#all.servers).member.heal()],
    declareDead: [2, () => this.#pick(this.#all.servers).member.declareDead()],
    slow: [4, () => this.#pick(this.#all.servers).member.delay = this.#random(4)],
    cancel: [4, () => this.acknowledged.size > 0 && this.#cancel(this.#pick(this.acknowledged))],
  };

  #submit(): void {
    const { background } = this.#pick(this.#clients);
    background.send(this.#pick(SUBMITS), this.#pick(FUNCTIONS), this.#pick(UNIQUES), "payload");
    this.submitted++;
  }

  #foreground(): void {
    const { foreground } = this.#pick(this.#clients);
    foreground.send("SUBMIT_JOB", this.#pick(FUNCTIONS), this.#pick(UNIQUES), "payload");
  }

  #worker(server: TestServer): void {
    if (this.#workers.size >= MOST_WORKERS) return;
    const peer = server.peer();
    peer.canDo(...FUNCTIONS.filter(() => this.#random(3) > 0));
    this.#workers.add({ peer, running: [] });
  }

  #end(type: "WORK_COMPLETE" | "WORK_FAIL"): void {
    const busy = [...this.#workers].filter(({ running }) => running.length > 0);
    if (busy.length === 0) return;
    const { peer, running } = this.#pick(busy);
    const handle = running.shift()!;
    if (type === "WORK_COMPLETE") peer.send(type, handle, "");
    else peer.send(type, handle);
  }

  #vanish(): void {
    if (this.#workers.size === 0) return;
    const worker = this.#pick(this.#workers);
    this.#workers.delete(worker);
    worker.peer.vanish();
  }

  #cancel(handle: string): void {
    this.seen.add(handle);
    this.#pick(this.#all.servers).peer().raw(`cancel job ${handle}\n`);
  }

  /** Looks at what peers have received, as far as that may have left. */
  #read(): void {
    for (const { peer, running } of this.#workers) {
      for (const { type, args } of peer.packets()) {
        if (type !== "JOB_ASSIGN") continue;
        running.push(args[0]);
        this.seen.add(args[0]);
      }
    }
    for (const { background, foreground } of this.#clients) {
      if (foreground.mayLeave) foreground.packets();
      if (!background.mayLeave) continue;
      for (const { type, args } of background.packets()) {
        this.answered++;
        if (type === "JOB_CREATED") this.acknowledged.add(args[0]);
      }
    }
  }

  /** Nothing goes wrong any more, and workers do what there is: handles of jobs that are left. */
  async drain(): Promise<string[]> {
    for (const worker of this.#workers) worker.peer.vanish();
    this.#workers.clear();
    for (const server of this.#all.servers) {
      const peer = server.peer();
      peer.canDo(...FUNCTIONS);
      this.#workers.add({ peer, running: [] });
    }
    for (let second = 0; second < SECONDS_TO_DRAIN && this.#left().length > 0; second++) {
      for (const { member } of this.#all.servers) {
        // An answer that was to be lost may cut it off once more.
        member.heal();
        member.delay = 0;
      }
      for (let round = 0; round < 20; round++) {
        for (const worker of this.#workers) grab(worker);
        await this.#all.settled();
        this.#read();
        for (const { peer, running } of this.#workers) {
          for (const handle of running.splice(0)) peer.send("WORK_COMPLETE", handle, "");
        }
      }
      await this.#all.advance(1000);
      this.#read();
    }
    return this.#left();
  }

  #left(): string[] {
    const here = this.#all.servers.flatMap(({ router }) => [...router.jobs.values()]);
    return [
      ...this.#all.queue.numbers.map(handleOf),
      ...here.map(({ handle }) => `${handle} here`),
    ];
  }

  /** Lets go of it. */
  close(): Promise<void> {
    return this.#all.close();
  }
}

function grab({ peer }: Worker): void {
  peer.send("GRAB_JOB").send("PRE_SLEEP");
}
