import { encodeName } from "../../protocol/mod.ts";
import type { Job, Router, SharedJobFilter, Wait } from "../../router/mod.ts";
import type { Portions } from "../portions.ts";
import { Refused } from "./problems.ts";

/**
 * The live job with a handle, wherever it is if servers share jobs; null if there is none.
 *
 * @throws {Refused} when the shared queue cannot be asked.
 */
export function jobAnywhere({ everywhere }: Router, handle: string): Promise<Job | null> {
  const bytes = encodeName(handle);
  return answered((tell, fail) => everywhere.find(bytes, 0, bytes.length, tell, fail));
}

/**
 * What the router tells at once or later.
 *
 * @throws {Refused} when it tells why there is no answer.
 */
export function answered<Answer>(
  ask: (tell: (answer: Answer) => void, fail: (why: Refused["refusal"]) => void) => void,
): Promise<Answer> {
  return new Promise((resolve, reject) => ask(resolve, (why) => reject(new Refused(why))));
}

/** How many jobs live, at all servers that share them. */
export function countJobs({ cluster, facts, jobs }: Router): number {
  if (cluster === null) return jobs.size;
  let count = 0;
  for (const func of facts.functions()) count += func!.jobs;
  return count;
}

/**
 * Goes through the live jobs of all servers that share them, oldest first, in portions.
 *
 * @param after jobs with numbers up to this one are passed over.
 * @param filter which jobs of the shared queue are looked at.
 * @param look see {@linkcode Portions.each}.
 */
export async function eachJob(
  { router, portions, after = 0, filter, signal }: {
    readonly router: Router;
    readonly portions: Portions;
    readonly after?: number;
    readonly filter: SharedJobFilter;
    readonly signal: AbortSignal;
  },
  look: (job: Job) => boolean | number | void,
): Promise<void> {
  const jobs = router.everywhere.jobs(() => true, after, filter);
  // Who stops before the end of these does not end them.
  const rest = { [Symbol.iterator]: () => ({ next: () => jobs.next() }) };
  for (let goesOn = true; goesOn;) {
    const waits: Wait[] = [];
    await portions.each(rest, (next) => {
      if (next === null) return;
      if (typeof next !== "function") return look(next);
      waits.push(next);
      return false;
    }, signal);
    goesOn = waits.length > 0;
    for (const wait of waits) await new Promise<void>(wait);
  }
}
