import { assert } from "@std/assert";
import { decodeName } from "../../protocol/mod.ts";
import type { FunctionQueue } from "../../router/model/function_queue.ts";
import type { Router } from "../../router/mod.ts";

/** What the lives of jobs must be like from one step to the next, whatever the model says of them. */
export class LifeInvariants {
  readonly #router: Router;
  /** How many runs of live jobs had failed after the step before. */
  #runs = new Map<number, number>();
  /** How many jobs of functions had begun that were paused after the step before. */
  #paused = new Map<FunctionQueue, number>();

  constructor(router: Router) {
    this.#router = router;
  }

  /** @throws {AssertionError} after a step that cannot be. */
  check(): void {
    this.#checkUniques();
    this.#checkRuns();
    this.#checkPauses();
  }

  /** Each unique is held by one live job, and no dead job lives. */
  #checkUniques(): void {
    const held = new Set<string>();
    for (const job of this.#router.jobs.objects()) {
      assert(this.#router.dead.get(job.number) === null, `${job.handle} is dead and lives`);
      if (job.key === null) continue;
      const { body, uniqueStart, uniqueEnd, payloadStart, payloadEnd } = job;
      const unique = decodeName(body.slice(uniqueStart, uniqueEnd));
      const key = unique === "-" ? `- ${decodeName(body.slice(payloadStart, payloadEnd))}` : unique;
      const name = `${job.functionName} ${key}`;
      assert(!held.has(name), `${name} is held twice`);
      held.add(name);
    }
  }

  /** The number of a run only grows, until somebody has kicked the job. */
  #checkRuns(): void {
    const runs = new Map<number, number>();
    for (const { number, handle, failures, losses } of this.#router.jobs.objects()) {
      const before = this.#runs.get(number) ?? 0;
      assert(failures + losses >= before, `${handle} has run ${failures + losses} after ${before}`);
      runs.set(number, failures + losses);
    }
    this.#runs = runs;
  }

  /** No job of a function has begun that was paused before and is now. */
  #checkPauses(): void {
    const paused = new Map<FunctionQueue, number>();
    for (const func of this.#router.functions.values()) {
      if (func.pause === null) continue;
      const { started } = func.counts;
      const before = this.#paused.get(func) ?? started;
      assert(started === before, `a job has begun while ${decodeName(func.name)} is paused`);
      paused.set(func, started);
    }
    this.#paused = paused;
  }
}
