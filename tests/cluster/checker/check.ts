import { Facts } from "./facts.ts";
import type { History } from "./history.ts";
import { checkDone } from "./invariants/done.ts";
import { checkEngine } from "./invariants/engine.ts";
import { checkOrder } from "./invariants/order.ts";
import { checkOwners } from "./invariants/owners.ts";
import { checkPauses } from "./invariants/pauses.ts";
import { checkSubmits } from "./invariants/submits.ts";

/** What must not happen. */
export type Invariant =
  | "nothing acknowledged is lost"
  | "a completion counts once"
  | "one owner"
  | "started after the claim"
  | "started by its owner"
  | "no orphans"
  | "nothing waits for ever"
  | "a unique has one live job"
  | "joined while it lived"
  | "no submit twice"
  | "bytes as submitted"
  | "in the order of their places"
  | "the urgent ones first"
  | "not before its time"
  | "a loss for each death, and no other"
  | "counts are right"
  | "handles are known"
  | "numbers are never used again"
  | "SQL submits as their transaction"
  | "a graceful stop leaves nothing"
  | "what is paused does not start";

/** Something that must not happen has happened. */
export interface Violation {
  readonly invariant: Invariant;
  readonly message: string;
}

/** Takes notes of violations. */
export type Report = (invariant: Invariant, message: string) => void;

/** All that a history violates. */
export function check(history: History): Violation[] {
  const violations: Violation[] = [];
  const facts = new Facts(history);
  for (const part of [checkDone, checkOwners, checkEngine, checkSubmits, checkOrder, checkPauses]) {
    part(facts, (invariant, message) => violations.push({ invariant, message }));
  }
  return violations;
}
