import type { SharedJobFilter, SharedJobView, SharedServerView } from "../store/shared_queue.ts";
import type { Cluster, Fail, Tell } from "./cluster.ts";
import type { DeadOrders } from "./dead_orders.ts";
import type { FunctionTable } from "./flow/function_table.ts";
import { JobElsewhere } from "./flow/job_elsewhere.ts";
import type { JobTable } from "./flow/job_table.ts";
import type { ParkedJobs } from "./flow/parked_jobs.ts";
import type { RouterLog } from "./log/router_log.ts";
import type { Job } from "./model/job.ts";
import type { PriorityIndex } from "./model/job_state.ts";
import type { Peer } from "./model/peer.ts";
import { FUNCTION_IN_USE, type Operations, UNKNOWN_JOB } from "./operations.ts";
import type { Refusal } from "./policy.ts";

/** So many jobs of the shared queue are looked at, or ended, at a time. */
const PAGE = 500;

const NOT_BURIED: Refusal = {
  code: "NOT_HERE",
  text: "the server that has the job has not buried it in time",
};

/** Goes on later: what is next is not there yet. */
export type Wait = (goOn: () => void) => void;

/** What {@linkcode Everywhere} looks at. */
export interface EverywhereParts {
  readonly cluster: Cluster | null;
  readonly functions: FunctionTable;
  readonly jobs: JobTable;
  readonly parked: ParkedJobs;
  readonly operations: Operations;
  readonly deadOrders: DeadOrders;
  readonly log: RouterLog;
}

/**
 * The jobs of this router and, if servers share jobs, of all of them. An answer comes at once where this
 * router knows it, else by a callback: `tell`, or `fail` if the shared queue cannot be asked.
 */
export class Everywhere {
  readonly #parts: EverywhereParts;

  /** @internal Made by the router. */
  constructor(parts: EverywhereParts) {
    this.#parts = parts;
  }

  /** The live job whose handle is `bytes[start..end)`. */
  find(
    bytes: Uint8Array,
    start: number,
    end: number,
    tell: Tell<Job | null>,
    fail: Fail,
  ): void {
    const { jobs, cluster } = this.#parts;
    const job = jobs.findAny(bytes, start, end);
    const number = jobs.numberOf(bytes, start, end);
    if (job !== undefined || cluster === null || number < 0) return tell(job ?? null);
    cluster.find(number, (seen) => tell(this.#seen(seen)), fail);
  }

  /** A live job with this unique, of whatever function; of those that are not here, the newest. */
  findByUnique(
    bytes: Uint8Array,
    start: number,
    end: number,
    tell: Tell<Job | null>,
    fail: Fail,
  ): void {
    const { cluster } = this.#parts;
    const job = this.#parts.parked.newestWith(bytes, start, end);
    if (job !== null || cluster === null || start === end) return tell(job);
    cluster.findByUnique(bytes.slice(start, end), (seen) => tell(this.#seen(seen)), fail);
  }

  /** It may have come here since it was asked for. */
  #seen(seen: SharedJobView | null): Job | null {
    if (seen === null) return null;
    const { jobs, functions } = this.#parts;
    return jobs.get(seen.number) ?? new JobElsewhere(seen, functions, jobs);
  }

  /**
   * The live jobs, oldest first, one after the other: `null` stands for one that was looked at and does not
   * pass, a {@linkcode Wait} says that the next ones are not there yet. If the shared queue cannot be
   * asked, those of this router come all the same.
   *
   * @param after jobs with numbers up to this one are passed over.
   * @param filter which jobs of the shared queue are looked at.
   */
  *jobs(
    passes: (job: Job) => boolean = () => true,
    after = 0,
    filter: SharedJobFilter = {},
  ): Generator<Job | null | Wait, undefined> {
    const { cluster } = this.#parts;
    const here = this.#parts.jobs.snapshot(after)[Symbol.iterator]();
    let own = here.next();
    let last = after;
    for (let isOver = cluster === null; !isOver;) {
      let page: readonly SharedJobView[] = [];
      yield (goOn) => {
        const told = (jobs: readonly SharedJobView[]) => {
          page = jobs;
          goOn();
        };
        cluster!.list(filter, last, PAGE, told, () => told([]));
      };
      isOver = page.length < PAGE;
      for (const seen of page) {
        last = seen.number;
        for (; !own.done && own.value.number < last; own = here.next()) {
          yield passes(own.value) ? own.value : null;
        }
        if (this.#parts.jobs.get(last) !== undefined) continue;
        const { functions, jobs } = this.#parts;
        const job = new JobElsewhere(seen, functions, jobs);
        yield passes(job) ? job : null;
      }
    }
    for (; !own.done; own = here.next()) yield passes(own.value) ? own.value : null;
  }

  /** The payload of a job; null if it is not live any more. */
  payload(job: Job, tell: Tell<Uint8Array | null>, fail: Fail): void {
    const { cluster } = this.#parts;
    if (!(job instanceof JobElsewhere) || cluster === null) return tell(job.payload);
    cluster.payload(job.number, tell, fail);
  }

  /** Ends a job, wherever it is; see {@linkcode Operations.cancel}. */
  cancel(job: Job, by: Peer | null, tell: Tell<Refusal | null>, fail: Fail): void {
    const { cluster, operations, log } = this.#parts;
    if (!(job instanceof JobElsewhere) || cluster === null) return tell(operations.cancel(job, by));
    log.cancelled(job, by);
    cluster.cancel([job.number], (gone) => tell(gone.length > 0 ? null : UNKNOWN_JOB), fail);
  }

  /**
   * Ends all that pass a filter, wherever they are; see {@linkcode Operations.cancelAll}.
   *
   * @param filter which jobs of the shared queue are looked at.
   * @param done called with the number of those that have ended, at once or later.
   */
  cancelAll(
    passes: (job: Job) => boolean,
    by: Peer | null,
    order: string,
    done: Tell<number>,
    filter: SharedJobFilter = {},
  ): void {
    const { cluster, operations } = this.#parts;
    const here = (count: number) => {
      if (cluster === null) done(count);
      else this.#cancelPage(cluster, passes, filter, 0, count, done);
    };
    const count = operations.cancelAll(passes, by, order, here);
    if (count !== null) here(count);
  }

  /** If the shared queue cannot be asked any more, those count that have ended by then. */
  #cancelPage(
    cluster: Cluster,
    passes: (job: Job) => boolean,
    filter: SharedJobFilter,
    after: number,
    count: number,
    done: Tell<number>,
  ): void {
    const { functions, jobs } = this.#parts;
    const stop = () => done(count);
    cluster.list(filter, after, PAGE, (page) => {
      const numbers = page.filter((seen) => passes(new JobElsewhere(seen, functions, jobs)))
        .map(({ number }) => number);
      const goOn = (gone: readonly number[]) => {
        const ended = count + gone.length;
        if (page.length < PAGE) return done(ended);
        this.#cancelPage(cluster, passes, filter, page[page.length - 1].number, ended, done);
      };
      if (numbers.length === 0) goOn([]);
      else cluster.cancel(numbers, goOn, stop);
    }, stop);
  }

  /** A background job is dead from now on, wherever it is; see {@linkcode DeadOrders.bury}. */
  bury(
    job: Job,
    by: Peer | null,
    tell: Tell<Refusal | null>,
    fail: Fail,
    who?: string,
  ): void {
    const { cluster, deadOrders } = this.#parts;
    if (!(job instanceof JobElsewhere) || cluster === null) {
      return tell(deadOrders.bury(job, by, who));
    }
    cluster.bury(job.number, (found) => {
      if (found === null) tell(UNKNOWN_JOB);
      else if (typeof found === "object") tell(deadOrders.bury(found, by, who));
      else tell(found ? null : NOT_BURIED);
    }, fail);
  }

  /** Moves a job to another priority, wherever it waits; see {@linkcode Operations.reprioritize}. */
  reprioritize(
    job: Job,
    priority: PriorityIndex,
    tell: Tell<Refusal | null>,
    fail: Fail,
  ): void {
    const { cluster, operations } = this.#parts;
    if (!(job instanceof JobElsewhere) || cluster === null) {
      return tell(operations.reprioritize(job, priority));
    }
    cluster.reprioritize(job.number, priority, (isDone) => tell(isDone ? null : UNKNOWN_JOB), fail);
  }

  /** Forgets a function that no server has jobs or workers of; see {@linkcode Operations.drop}. */
  dropFunction(name: Uint8Array, by: Peer | null, tell: Tell<Refusal | null>, fail: Fail): void {
    const { cluster, operations } = this.#parts;
    const refusal = operations.dropRefusal(name);
    if (cluster === null || refusal !== null) return tell(refusal ?? operations.drop(name, by));
    cluster.dropFunction(name, (isGone) => {
      if (!isGone) return tell(FUNCTION_IN_USE);
      const here = operations.dropRefusal(name);
      if (here === null) operations.drop(name, by);
      tell(here === FUNCTION_IN_USE ? here : null);
    }, fail);
  }

  /** The servers that share jobs; none if this one shares none. */
  servers(tell: Tell<readonly SharedServerView[]>, fail: Fail): void {
    const { cluster } = this.#parts;
    if (cluster === null) tell([]);
    else cluster.servers(tell, fail);
  }
}
