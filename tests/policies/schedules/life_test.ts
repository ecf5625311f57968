import process from "node:process";
import { test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import type { ScheduleKeeper } from "../../../policies/schedules/mod.ts";
import type { Router } from "../../../router/mod.ts";
import type { ManualClock } from "../../../testing/mod.ts";
import { type RandomNumbers, randomNumbers } from "../../support/random_numbers.ts";
import { routerWithSchedules, schedules } from "../../support/schedules.ts";

/** How many lives there are; `GEARTRAIN_LIVES=10000` for a long run. */
const LIVES = Number(process.env.GEARTRAIN_LIVES ?? 40);
const SEED = Number(process.env.GEARTRAIN_LIFE_SEED ?? 1 + Math.floor(Math.random() * 1_000_000));
const STEPS = 30;
const SECOND = 1000;
const HOUR = 3600 * SECOND;
/** So late a run may be that is not made up for. */
const ON_TIME = 120 * SECOND;

const [ALL, LAST, NONE] = (["all", "last", "none"] as const).map((catchUp, index) => ({
  name: catchUp,
  every: [60, 300, 90][index],
  function: "f",
  catchUp,
  catchUpMost: 1000,
}));

/** Schedules, the times at which they have run, and a clock that somebody sets now and then. */
class Life {
  router!: Router;
  keeper!: ScheduleKeeper;
  clock!: ManualClock;
  /** What would be stored. */
  readonly records = new Map<string, [kind: string, key: Uint8Array, value: Uint8Array]>();
  /** Each run, by schedule and time. */
  readonly runs = new Set<string>();
  /** The latest time that the clock has shown. */
  latest: number;
  readonly #begin: number;

  constructor() {
    this.start(null);
    this.#begin = this.latest = this.clock.epoch();
  }

  /** The server starts, perhaps anew. */
  start(epoch: number | null): void {
    const { router, keeper, clock } = routerWithSchedules();
    Object.assign(this, { router, keeper, clock });
    if (epoch !== null) clock.setEpoch(epoch);
    router.records.set = (kind, key, value) => {
      this.records.set(`${kind} ${key}`, [kind, key.slice(), value.slice()]);
    };
    router.records.remove = (kind, key) => void this.records.delete(`${kind} ${key}`);
    router.hooks.jobSubmitted.add((job) => this.#ran(job.unique));
    for (const record of [...this.records.values()]) keeper.restore(...record);
    keeper.configure(schedules(ALL, LAST, NONE));
    clock.advance(0);
  }

  #ran(unique: string): void {
    assert(!this.runs.has(unique), `${unique} runs twice`);
    this.runs.add(unique);
    const [name, text] = unique.split("@");
    const [time, now] = [Date.parse(text), this.clock.epoch()];
    const { every } = [ALL, LAST, NONE].find((schedule) => schedule.name === name)!;
    assertEquals(time % (every * SECOND), 0, `${unique} is not one of its times`);
    assert(time <= now, `${unique} runs too soon`);
    if (name === "none") assert(now - time <= ON_TIME, `${unique} runs too late`);
  }

  step(random: RandomNumbers): void {
    const what = random(10);
    if (what < 5) this.clock.advance(random(600) * SECOND);
    else if (what < 6) this.#set(this.clock.epoch() + random(5 * HOUR));
    // By no more than three hours from what it has shown: more would be a clock that was put right.
    else if (what < 7) {
      this.#set(Math.max(this.latest - 3 * HOUR, this.clock.epoch() - random(HOUR)));
    } else if (what < 8) this.start(this.clock.epoch() + random(HOUR));
    else if (what < 9) this.keeper.pause(random(2) === 0 ? "last" : "none", random(2) === 0, null);
    else for (const job of [...this.router.jobs.values()]) this.router.operations.complete(job);
    this.latest = Math.max(this.latest, this.clock.epoch());
  }

  #set(epoch: number): void {
    this.latest = Math.max(this.latest, this.clock.epoch());
    this.clock.setEpoch(epoch);
    // It is noticed within half a minute.
    this.clock.advance(30 * SECOND);
  }

  /** One that makes up for all has run at each of its times up to the latest that the clock has shown. */
  check(): void {
    this.clock.setEpoch(this.latest);
    this.clock.advance(60 * SECOND);
    const due: string[] = [];
    const interval = ALL.every * SECOND;
    for (
      let time = Math.ceil((this.#begin + 1) / interval) * interval;
      time <= this.latest;
      time += interval
    ) due.push(`all@${new Date(time).toISOString().replace(".000", "")}`);
    assertEquals(due.filter((run) => !this.runs.has(run)), []);
  }
}

test("whatever happens to server and clock, no time runs twice, and what makes up for all leaves none out", () => {
  const random = randomNumbers(SEED);
  for (let life = 0; life < LIVES; life++) {
    const lived = new Life();
    try {
      for (let step = 0; step < STEPS; step++) lived.step(random);
      lived.check();
    } catch (error) {
      throw new Error(`GEARTRAIN_LIFE_SEED=${SEED}, life ${life}: ${(error as Error).message}`);
    }
  }
});
