import { patternOf } from "../../options/pattern.ts";
import { decodeName } from "../../protocol/mod.ts";
import type { Target } from "../options.ts";

/** How many durations there were, and how many of them were not longer than the target. */
export class TargetCounts {
  /** How many durations there were. */
  total = 0;
  /** How many durations were within the target. */
  good = 0;

  /** @internal Counts a duration; both are in the same unit. */
  add(duration: number, target: number): void {
    this.total++;
    if (duration <= target) this.good++;
  }
}

/** Finds the target of a function: the first one whose pattern is that of its name. */
export class Targets {
  readonly #patterns: readonly (readonly [RegExp, Target])[];

  /** @param targets in the order in which they are tried. */
  constructor(targets: readonly Target[]) {
    this.#patterns = targets.map((target) => [patternOf(target.function), target]);
  }

  /** The target of a function, if it has one. */
  of(name: Uint8Array): Target | null {
    if (this.#patterns.length === 0) return null;
    const text = decodeName(name);
    return this.#patterns.find(([pattern]) => pattern.test(text))?.[1] ?? null;
  }
}
