import { describe, test } from "node:test";
import process from "node:process";
import fc from "fast-check";
import type { Rules } from "./model_state.ts";
import type { Operation } from "./operation.ts";
import { operations } from "./operations.ts";
import { Play } from "./play.ts";

/** Sequences in all; more of them find more: `GEARTRAIN_MODEL_RUNS=12000`. */
const RUNS = Number(process.env.GEARTRAIN_MODEL_RUNS ?? 5_000);
/** The same seed gives the same sequences: `GEARTRAIN_MODEL_SEED=...`. */
const SEED = Number(process.env.GEARTRAIN_MODEL_SEED ?? 4730);

const DEFAULTS: Rules = {
  wakeup: 3,
  wakeupDelay: 0.1,
  jobRetries: -1,
  exceptions: false,
  history: false,
};

const RULES: Partial<Rules>[] = [
  {},
  { wakeup: 1 },
  { wakeup: 1, jobRetries: 2, history: true },
  { wakeup: -1, jobRetries: 0, exceptions: true },
  { wakeup: 0 },
  { wakeup: 1, wakeupDelay: 0, jobRetries: 1 },
  { wakeup: 2, wakeupDelay: -1, exceptions: true, history: true },
  {
    wakeup: 1,
    history: true,
    policies: {
      a: { retry: { max: 2, base: 1, factor: 1, jitter: 0 } },
      b: { retry: { max: 1, base: 0.3, factor: 1, jitter: 0 }, ttl: 1.73, runTimeout: 0.7 },
      c: { ttl: 0.57, maxRunning: 1 },
    },
  },
  {
    wakeup: 1,
    jobRetries: 1,
    history: true,
    policies: {
      a: { retry: { max: 1, base: 0.3, factor: 1, jitter: 0 }, dead: { count: 2 }, ttl: 1.73 },
      b: { dead: { count: 1 }, keepResult: 1.37 },
      c: { maxRunning: 1, dead: { count: 3 }, keepResult: 0.41 },
    },
  },
];

/** Plays a sequence; what fails is told with all that was done before. */
function play(rules: Rules, sequence: readonly Operation[]): void {
  const game = new Play(rules);
  try {
    for (const operation of sequence) operation.run(game);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const steps = game.transcript.map((line, index) => `${index + 1}. ${line}`);
    throw new Error([...steps, "", message].join("\n"), { cause: error });
  }
}

/** Plays many sequences; a failure is told as the shortest sequence that fails. */
function playMany(rules: Rules, numRuns: number, seed: number): void {
  const property = fc.property(operations, (sequence) => play(rules, sequence));
  const { failed, errorInstance, ...run } = fc.check(property, { seed, numRuns });
  if (!failed) return;
  throw new Error(
    `Sequence ${run.numRuns} of seed ${seed} fails with ${JSON.stringify(rules)}, ` +
      `shrunk ${run.numShrinks} times to:\n\n` +
      (errorInstance instanceof Error ? errorInstance.message : String(errorInstance)),
  );
}

describe("the router and a simple model of its rules agree", () => {
  const runsEach = Math.ceil(RUNS / RULES.length);
  console.log(`model: ${RULES.length} x ${runsEach} sequences, seed ${SEED}`);

  RULES.forEach((changed, index) => {
    const name = `under ${JSON.stringify(changed)}`;
    // Each option set plays sequences of its own.
    const seed = SEED + index;
    test(name, { timeout: 60_000 + 20 * runsEach }, () => {
      playMany({ ...DEFAULTS, ...changed }, runsEach, seed);
    });
  });
});
