import { ERRORS, type ProtocolError } from "../../protocol/mod.ts";
import type { FunctionQueue, Job, Peer, PriorityIndex } from "../../router/mod.ts";
import { JobStorage } from "../../router/mod.ts";
import type { Cluster, Fail, Tell } from "../../router/cluster.ts";
import type {
  ClaimedJob,
  SharedJobFilter,
  SharedJobView,
  SharedServerView,
} from "../../store/shared_queue.ts";
import type { Claims } from "./claims.ts";
import type { CountsOfQueue } from "./queue_counts.ts";
import type { Shared } from "./shared.ts";
import type { Submits } from "./submits.ts";

/** How often, and how many milliseconds apart, it is looked whether another server has buried a job. */
const [MOST_LOOKS, LOOK_INTERVAL] = [80, 25];

/** What {@linkcode ClusterSide} hands on to. */
export interface ClusterSideParts {
  readonly submits: Submits;
  readonly claims: Claims;
  readonly counts: CountsOfQueue;
  /** A job belongs to this server now. */
  came(claimed: ClaimedJob): Job;
  /** Jobs that this server had may be others' by now. */
  doubtful(): void;
  /** The router is to stop when it has nothing left to do. */
  stopping(): void;
}

/** What a router knows of other servers, and tells them. */
export class ClusterSide implements Cluster {
  readonly #shared: Shared;
  readonly #parts: ClusterSideParts;

  constructor(shared: Shared, parts: ClusterSideParts) {
    this.#shared = shared;
    this.#parts = parts;
  }

  get refusal(): ProtocolError | null {
    const { isClosed, reach } = this.#shared;
    if (!isClosed && !reach.isLost && !this.#parts.submits.isFull) return null;
    return ERRORS.queueUnreachable;
  }

  get notReady(): string | null {
    const { cause } = this.#shared.reach;
    return cause === null ? null : `The shared queue cannot be reached: ${cause}`;
  }

  /** One that is stored may be another server's by now, and over, if that server has been cut off. */
  mayJoin({ storage }: Job): boolean {
    return storage !== JobStorage.STORED || this.#shared.reach.isSure;
  }

  asksFor(job: Job): boolean {
    const { reach, isStopping } = this.#shared;
    if (isStopping || reach.cause !== null || !this.#parts.counts.mayHave(job.func)) return false;
    this.#parts.submits.ask(job);
    return true;
  }

  starting(): void {
    if (this.#shared.reach.isDoubtful) this.#parts.doubtful();
  }

  wanted(worker: Peer): void {
    this.#parts.claims.wanted(worker);
  }

  opened(func: FunctionQueue): void {
    this.#parts.claims.opened(func);
  }

  unwanted(worker: Peer): void {
    this.#parts.claims.unwanted(worker);
  }

  started(worker: Peer, job: Job): void {
    this.#parts.claims.started(worker, job);
  }

  abilityAdded(worker: Peer, func: FunctionQueue): void {
    this.#parts.claims.added(worker, func);
  }

  abilityRemoved(worker: Peer, func: FunctionQueue): void {
    this.#parts.claims.removed(worker, func);
  }

  abilitiesRemoved(worker: Peer): void {
    this.#parts.claims.removedAll(worker);
  }

  progressed(job: Job): void {
    if (!this.#shared.own.has(job)) return;
    this.#shared.queue.progress(job.number, true, job.numerator, job.denominator);
  }

  stopping(): void {
    this.#parts.stopping();
  }

  // --- views -----------------------------------------------------------------------------------

  find(number: number, tell: Tell<SharedJobView | null>, fail: Fail): void {
    answer(this.#shared.queue.find(number), tell, fail);
  }

  findByUnique(unique: Uint8Array, tell: Tell<SharedJobView | null>, fail: Fail): void {
    answer(this.#shared.queue.findByUnique(unique), tell, fail);
  }

  payload(number: number, tell: Tell<Uint8Array | null>, fail: Fail): void {
    answer(this.#shared.queue.payload(number), tell, fail);
  }

  list(
    filter: SharedJobFilter,
    after: number,
    count: number,
    tell: Tell<readonly SharedJobView[]>,
    fail: Fail,
  ): void {
    answer(this.#shared.queue.list(filter, after, count), tell, fail);
  }

  cancel(numbers: readonly number[], tell: Tell<readonly number[]>, fail: Fail): void {
    answer(this.#shared.queue.cancel(numbers), tell, fail);
  }

  bury(number: number, tell: Tell<Job | boolean | null>, fail: Fail): void {
    answer(this.#bury(number), tell, fail);
  }

  async #bury(number: number): Promise<Job | boolean | null> {
    const { queue, router } = this.#shared;
    const claimed = await queue.claimNumber(number);
    if (claimed !== null) return this.#parts.came(claimed);
    if (await queue.find(number) === null) return router.dead.get(number) !== null || null;
    await queue.askToBury(number);
    for (let looks = 0; looks < MOST_LOOKS; looks++) {
      if (router.dead.get(number) !== null) return true;
      const { promise, resolve } = Promise.withResolvers<void>();
      router.clock.after(LOOK_INTERVAL, resolve);
      await promise;
    }
    return false;
  }

  kick(numbers: readonly number[], ttl: number, tell: Tell<readonly number[]>, fail: Fail): void {
    answer(this.#shared.queue.kick(numbers, ttl), tell, fail);
  }

  reprioritize(number: number, priority: PriorityIndex, tell: Tell<boolean>, fail: Fail): void {
    answer(this.#shared.queue.reprioritize(number, priority), tell, fail);
  }

  dropFunction(name: Uint8Array, tell: Tell<boolean>, fail: Fail): void {
    answer(this.#shared.queue.dropFunction(name), tell, fail);
  }

  servers(tell: Tell<readonly SharedServerView[]>, fail: Fail): void {
    answer(this.#shared.queue.servers(), tell, fail);
  }
}

function answer<Answer>(coming: Promise<Answer>, tell: Tell<Answer>, fail: Fail): void {
  coming.then(tell, () => fail(ERRORS.queueUnreachable));
}
