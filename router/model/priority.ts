/** Index of a priority: the lower, the sooner. */
export const Priority = { HIGH: 0, NORMAL: 1, LOW: 2 } as const;

/** `Priority.HIGH`, `Priority.NORMAL` or `Priority.LOW`. */
export type PriorityIndex = typeof Priority[keyof typeof Priority];

/** All priorities, in the order they are served. */
export const PRIORITIES: readonly PriorityIndex[] = [0, 1, 2];

/** What they are called, in the same order. */
export const PRIORITY_NAMES = ["high", "normal", "low"] as const;
