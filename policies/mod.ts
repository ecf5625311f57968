/**
 * This folder has the rules that an operator may make for the jobs of functions: a file for each kind of
 * rule, which says how it is written and what it means. The router asks them as a `Policy`, and never
 * imports this folder; of the router these files know the model, `policy.ts` and the clock. The server
 * and the program read rules by `rules.ts`.
 *
 * @module
 */

import { decodeName } from "../protocol/mod.ts";
import type { Clock } from "../router/clock.ts";
import type { FunctionRule, RetryRule } from "../router/model/function_rule.ts";
import type { Job } from "../router/model/job.ts";
import type { FailureCause } from "../router/model/job_state.ts";
import type { AfterFailure, GearmanPolicy, Policy, Refusal } from "../router/policy.ts";
import { USUAL_RETRY } from "./retry.ts";
import { readPolicies, RuleBook } from "./rules.ts";
import { RuleError } from "./values.ts";

export { dashed, type Policies, type PolicyRule, readRule, RULE_KEYS, RuleBook } from "./rules.ts";
export type { DedupeMode } from "../router/model/function_rule.ts";
export type { DedupeOptions, DedupeSetting } from "./dedupe.ts";
export type { DeadOptions, DeadSetting } from "./dead.ts";
export type { RetryCurve, RetryOptions, RetrySetting } from "./retry.ts";
export { RuleError, type RuleTime } from "./values.ts";

/** Until a job is tried again that must not die and has no rule for that, in milliseconds. */
const LONGEST_WITHOUT_RETRY = 3600 * 1000;

/** What {@linkcode ConfiguredPolicy} needs. */
export interface PolicyParts {
  /** What holds where no rule says anything else. */
  readonly otherwise: GearmanPolicy;
  /** Tells when jobs run again. */
  readonly clock: Clock;
  /** Gives numbers from 0 to below 1. */
  readonly random: () => number;
  /** Are the jobs those of a queue that servers share? It gives dead ones to no worker, and keeps no results. */
  readonly sharesJobs?: boolean;
}

/** Decides by the rules that an operator has made; where there is none, as `otherwise` does. */
export class ConfiguredPolicy implements Policy {
  readonly #parts: PolicyParts;
  #rules: RuleBook = new RuleBook([]);
  readsNames = false;

  /** There are no rules yet. */
  constructor(parts: PolicyParts) {
    this.#parts = parts;
  }

  /**
   * These rules hold from now on, in the place of the former ones; functions that are there have to ask for
   * theirs again.
   *
   * @throws {RuleError} when something in them is wrong: the former ones hold then.
   */
  use(policies: unknown): void {
    const rules = readPolicies(policies);
    if (this.#parts.sharesJobs === true) rules.forEach(checkForSharedJobs);
    this.#rules = new RuleBook(rules);
    this.readsNames = this.#rules.readsNames;
  }

  ruleOf(name: Uint8Array): FunctionRule | null {
    return this.#rules.isEmpty ? null : this.#rules.of(decodeName(name));
  }

  admit(): Refusal | null {
    return this.#parts.otherwise.admit();
  }

  afterFailure(job: Job, cause: FailureCause): AfterFailure {
    const verdict = this.#afterRun(job, cause);
    const dead = job.func.rule?.dead ?? null;
    if (verdict !== "end" || !job.background) return verdict;
    if (dead === null) return job.trouble?.advice === "dead" ? "bury" : "end";
    const isFull = job.func.dead >= dead.count || job.func.deadBytes >= dead.bytes;
    if (dead.full === "oldest" || !isFull) return "bury";
    const longest = job.func.rule!.retry?.longest ?? LONGEST_WITHOUT_RETRY;
    return { retryAt: this.#parts.clock.epoch() + longest };
  }

  #afterRun(job: Job, cause: FailureCause): Exclude<AfterFailure, "bury"> {
    const { advice = null, attempts = 0 } = job.trouble ?? {};
    if (advice === "dead" || advice === "no-retry") return "end";
    const retry = job.func.rule?.retry ?? (attempts > 0 ? USUAL_RETRY : null);
    const asked = typeof advice === "object" && advice !== null ? advice.retryAfter : null;
    if (asked === null && !retry?.on.has(cause)) {
      return this.#parts.otherwise.afterFailure(job, cause);
    }
    if (!job.background && job.trouble?.hasSpoken) return "end";
    const runs = job.failures + (retry?.on.has("lost") ? job.losses : 0);
    const max = attempts > 0 ? attempts - 1 : retry?.max ?? Infinity;
    return runs >= max ? "end" : this.#after(retry, runs + 1, asked);
  }

  /** @param asked how long the worker wants a further run to be waited for, in milliseconds. */
  #after(retry: RetryRule | null, run: number, asked: number | null): { readonly retryAt: number } {
    const { clock, random } = this.#parts;
    return { retryAt: Math.ceil(clock.epoch() + (asked ?? retry!.delay(run, random))) };
  }
}

/** @throws {RuleError} when a rule needs what a queue that servers share does not have. */
function checkForSharedJobs(rule: FunctionRule): void {
  const { pattern, deadFunction, keepResult, dedupe, key, fair } = rule;
  const impossible = "is not possible: a queue that servers share";
  if (deadFunction) {
    throw new RuleError("deadFunction", `${impossible} gives dead jobs to no worker`, pattern);
  }
  if (keepResult > 0) throw new RuleError("keepResult", `${impossible} keeps no results`, pattern);
  if (dedupe !== null && dedupe.mode !== "join") {
    throw new RuleError("dedupe.mode", `${impossible} has no other mode than join`, pattern);
  }
  if (key !== null) throw new RuleError("key", `${impossible} has no limits of keys`, pattern);
  if (fair !== null) throw new RuleError("fair", `${impossible} knows no clients`, pattern);
}
