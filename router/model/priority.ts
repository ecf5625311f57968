/**
 * Index of a priority: the lower, the sooner.
 *
 * @example
 * ```ts
 * import { ManualClock, Priority, Router } from "@geartrain/server/router";
 * import { assertEquals } from "@std/assert";
 *
 * const router = new Router(new ManualClock());
 * const job = router.enqueueJob({ function: "resize" })!;
 * router.reprioritize(job, Priority.HIGH);
 * assertEquals(job.priority, "high");
 * ```
 */
export const Priority = { HIGH: 0, NORMAL: 1, LOW: 2 } as const;

/**
 * `Priority.HIGH`, `Priority.NORMAL` or `Priority.LOW`.
 *
 * @example
 * ```ts
 * import { Priority, type PriorityIndex } from "@geartrain/server/router";
 * import { assertEquals } from "@std/assert";
 *
 * const sooner = (a: PriorityIndex, b: PriorityIndex) => a < b;
 * assertEquals(sooner(Priority.HIGH, Priority.LOW), true);
 * ```
 */
export type PriorityIndex = typeof Priority[keyof typeof Priority];

/**
 * All priorities, in the order they are served.
 *
 * @example
 * ```ts
 * import { ManualClock, PRIORITIES, Router } from "@geartrain/server/router";
 * import { assertEquals } from "@std/assert";
 *
 * const router = new Router(new ManualClock());
 * const { func } = router.enqueueJob({ function: "resize", priority: "low" })!;
 * assertEquals(PRIORITIES.map((priority) => func.waitingAt(priority)), [0, 0, 1]);
 * ```
 */
export const PRIORITIES: readonly PriorityIndex[] = [0, 1, 2];

/** What they are called, in the same order. */
export const PRIORITY_NAMES = ["high", "normal", "low"] as const;
