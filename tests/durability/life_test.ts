import process from "node:process";
import { describe, test } from "node:test";
import fc from "fast-check";
import { arbitraryLife, Life, type LifeSettings } from "./random_life.ts";

/** Histories for each of the settings; `GEARTRAIN_LIFE_RUNS=100000` for a long run. */
const RUNS = Number(process.env.GEARTRAIN_LIFE_RUNS ?? 1000);
const SEED = Number(process.env.GEARTRAIN_LIFE_SEED ?? 4730);

const SETTINGS: readonly LifeSettings[] = [
  { memoryLimit: Infinity, jobRetries: -1 },
  { memoryLimit: 0, jobRetries: 2 },
  { memoryLimit: 30, jobRetries: 0 },
  { memoryLimit: Infinity, jobLimit: 0, jobRetries: -1 },
  { memoryLimit: 30, jobLimit: 2, jobRetries: 2 },
];

describe("a store has the live background jobs of its server, each as it is", () => {
  for (const settings of SETTINGS) {
    const name = `after any history: ${
      Object.entries(settings).map(([key, value]) => `${key} ${value}`).join(", ")
    }`;
    test(name, { timeout: 60_000 + 100 * RUNS }, async () => {
      const property = fc.asyncProperty(arbitraryLife, async (steps) => {
        const life = await Life.begin(settings);
        for (const step of steps) await life.step(step);
        await life.settle();
      });
      await fc.assert(property, { numRuns: RUNS, seed: SEED });
    });
  }
});
