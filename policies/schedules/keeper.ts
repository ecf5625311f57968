import { byteString, decodeName, encodeName, ERRORS } from "../../protocol/mod.ts";
import type { Job } from "../../router/model/job.ts";
import type { Peer } from "../../router/model/peer.ts";
import { Timer } from "../../router/model/timer.ts";
import type { Refusal } from "../../router/policy.ts";
import {
  type ClientSchedule,
  SCHEDULE_RECORDS,
  type ScheduleDefinition,
  type ScheduleFacts,
  type ScheduleOrigin,
  type ScheduleRun,
  type Schedules,
} from "../../router/schedules.ts";
import { calendarOf, checkTimes } from "./calendar.ts";
import { dueRuns } from "./due.ts";
import { definitionIn, definitionRecord, progressIn, progressRecord } from "./records.ts";
import { type RunParts, ScheduleRuns } from "./runs.ts";
import { type Progress, Schedule } from "./schedule.ts";

/** So often it is looked at whether the wall clock was set, in milliseconds. */
const WATCH_INTERVAL = 30_000;
/** The wall clock was set if it is so far from where it should be, in milliseconds. */
const LEAST_STEP = 1000;
/** Digits of the number in the handle of a schedule. */
const DIGITS = 14;
/** Longest name of a host in the handle of a schedule, in bytes: `S:`, a colon and 26 digits are there. */
const LONGEST_HOST = 34;

/** Sets timers for due times on the wall, and delays. */
interface Times {
  setDueTime(timer: Timer, epoch: number): void;
  clearDueTime(timer: Timer): void;
  setDelay(timer: Timer, delay: number): void;
}

/** What schedules need of the router. */
export interface KeeperParts extends RunParts {
  readonly timers: Times;
  readonly options: { readonly jobHandlePrefix: string; readonly bootId: string };
  /** Has a stop begun? What is due then is seen at the next start. */
  readonly hasStopBegun: boolean;
  readonly records: {
    set(kind: string, key: Uint8Array, value: Uint8Array, job?: Job | null): void;
    remove(kind: string, key: Uint8Array): void;
  };
  /** What the peer is told from now on must not leave before what it has done is written. */
  mustFollow(peer: Peer): void;
}

/** What holds for all schedules. */
export interface KeeperOptions {
  /** How many there may be besides those of the configuration. */
  readonly maxSchedules: number;
  /** The time zone of those that clients make. */
  readonly timezone: string;
}

/** Keeps schedules, and lets them run at their times. */
export class ScheduleKeeper implements Schedules {
  readonly #parts: KeeperParts;
  readonly #options: KeeperOptions;
  readonly #schedules = new Map<string, Schedule>();
  /** Names of those that clients have made, by function and unique. */
  readonly #ofClients = new Map<string, string>();
  readonly #runs: ScheduleRuns;
  readonly #host: string;
  #lastNumber = 0;
  /** What the wall clock shows when the other one shows 0. */
  #offset: number;
  readonly #watch = new Timer(() => this.#lookAtClock());
  /** How far schedules were before a restart that are not here yet, by name. */
  readonly #progress = new Map<string, Progress>();
  readonly #resume = new Timer(() => this.#resumeRuns());

  constructor(parts: KeeperParts, options: KeeperOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#runs = new ScheduleRuns(parts, (schedule) => this.#keep(schedule));
    this.#host = hostOf(parts.options.jobHandlePrefix);
    this.#offset = parts.clock.epoch() - parts.clock.now();
    parts.timers.setDelay(this.#watch, WATCH_INTERVAL);
    // Nothing is due before all stored jobs are back.
    parts.timers.setDueTime(this.#resume, 0);
  }

  // --- what survives a restart -----------------------------------------------------------------------

  /** Takes in a record that was stored. Nothing is due before all of them, and all jobs, are back. */
  restore(kind: string, key: Uint8Array, value: Uint8Array): void {
    if (kind === SCHEDULE_RECORDS.definition) {
      const { definition, origin } = definitionIn(value);
      // One that the configuration has by now takes its place.
      if (!this.#schedules.has(definition.name)) this.#put(definition, origin);
      return;
    }
    const name = decodeName(key);
    const schedule = this.#schedules.get(name);
    if (schedule === undefined) this.#progress.set(name, progressIn(value));
    else {
      schedule.goOn(progressIn(value));
      this.#plan(schedule);
    }
  }

  /** All stored jobs are back: those of earlier runs are watched. */
  #resumeRuns(): void {
    for (const schedule of this.#schedules.values()) this.#runs.resume(schedule);
    // Schedules that are gone from the configuration.
    for (const name of this.#progress.keys()) this.#forget(name);
    this.#progress.clear();
  }

  /**
   * Writes how far it is.
   *
   * @param run has just begun: a store has that together with its job, or neither.
   */
  #keep(schedule: Schedule, run?: ScheduleRun): void {
    const handle = run?.handle ?? null;
    const job = handle === null ? null : this.#parts.jobByHandle(handle) ?? null;
    const key = encodeName(schedule.name);
    this.#parts.records.set(SCHEDULE_RECORDS.progress, key, progressRecord(schedule), job);
  }

  #forget(name: string): void {
    const { records } = this.#parts;
    for (const kind of Object.values(SCHEDULE_RECORDS)) records.remove(kind, encodeName(name));
  }

  // --- what there is -----------------------------------------------------------------------------

  all(): ScheduleFacts[] {
    return [...this.#schedules.keys()].sort().map((name) => this.#schedules.get(name)!.facts());
  }

  get(name: string): ScheduleFacts | null {
    return this.#schedules.get(name)?.facts() ?? null;
  }

  // --- orders --------------------------------------------------------------------------------------

  /**
   * These are the schedules of the configuration from now on; one with the name of another, which was not
   * made by the configuration, takes its place.
   *
   * @throws {Error} for a cron expression or a time zone that is wrong: nothing has changed then.
   */
  configure(definitions: readonly ScheduleDefinition[]): void {
    for (const definition of definitions) checkTimes(definition);
    const names = new Set(definitions.map(({ name }) => name));
    for (const schedule of [...this.#schedules.values()]) {
      const { origin, name } = schedule;
      if ((origin === "configuration") !== names.has(name)) this.#remove(schedule);
    }
    for (const definition of definitions) this.#keep(this.#put(definition, "configuration"));
  }

  set(definition: ScheduleDefinition, by: Peer | null): ScheduleFacts | Refusal {
    const known = this.#schedules.get(definition.name);
    if (known === undefined && this.#isFull()) return ERRORS.tooManySchedules;
    if (known?.origin === "configuration") return ofConfiguration(known);
    const schedule = this.#take(definition, known?.origin ?? "operator", by);
    return schedule instanceof Schedule ? schedule.facts() : schedule;
  }

  submit({ cron, job }: ClientSchedule, by: Peer): ScheduleFacts | Refusal {
    const key = keyOf(job);
    const known = key === null ? undefined : this.#ofClients.get(key);
    if (known === undefined && this.#isFull()) return ERRORS.tooManySchedules;
    const name = known ?? this.#nextHandle();
    const rules = { catchUp: "none", catchUpMost: 1, overlap: "allow" } as const;
    const { timezone } = this.#options;
    const schedule = this.#take({ name, cron, every: null, timezone, ...rules, job }, "client", by);
    return schedule instanceof Schedule ? schedule.facts() : schedule;
  }

  run(name: string, by: Peer | null): ScheduleRun | Refusal {
    const schedule = this.#schedules.get(name);
    if (schedule === undefined) return UNKNOWN_SCHEDULE;
    this.#answerFollows(by);
    const run = this.#runs.begin(schedule, null, by);
    this.#keep(schedule, run);
    return run.handle === null ? { code: "NOT_RUN", text: run.cause } : run;
  }

  drop(name: string, by: Peer | null): Refusal | null {
    const schedule = this.#schedules.get(name);
    if (schedule === undefined) return UNKNOWN_SCHEDULE;
    if (schedule.origin === "configuration") return ofConfiguration(schedule);
    this.#answerFollows(by);
    this.#remove(schedule);
    this.#parts.log.scheduleSet(name, "dropped", by);
    return null;
  }

  pause(name: string, isPaused: boolean, by: Peer | null): Refusal | null {
    const schedule = this.#schedules.get(name);
    if (schedule === undefined) return UNKNOWN_SCHEDULE;
    if (schedule.isPaused === isPaused) return null;
    this.#answerFollows(by);
    schedule.isPaused = isPaused;
    schedule.settled = Math.max(schedule.settled, this.#parts.clock.epoch());
    this.#plan(schedule);
    this.#keep(schedule);
    this.#parts.log.scheduleSet(name, isPaused ? "paused" : "resumed", by);
    return null;
  }

  #isFull(): boolean {
    const others = [...this.#schedules.values()].filter(({ origin }) => origin !== "configuration");
    return others.length >= this.#options.maxSchedules;
  }

  #take(
    definition: ScheduleDefinition,
    origin: ScheduleOrigin,
    by: Peer | null,
  ): Schedule | Refusal {
    try {
      checkTimes(definition);
    } catch (error) {
      return { code: "INVALID_ARGUMENT", text: (error as Error).message };
    }
    this.#answerFollows(by);
    const schedule = this.#put(definition, origin);
    const key = encodeName(schedule.name);
    this.#parts.records.set(SCHEDULE_RECORDS.definition, key, definitionRecord(schedule));
    this.#keep(schedule);
    this.#parts.log.scheduleSet(definition.name, "set", by);
    return schedule;
  }

  #put(definition: ScheduleDefinition, origin: ScheduleOrigin): Schedule {
    const now = this.#parts.clock.epoch();
    const known = this.#schedules.get(definition.name);
    if (known !== undefined) this.#forgetKey(known);
    const schedule = known ?? new Schedule(definition, origin, now, this.#fire);
    known?.change(definition, calendarOf(definition), now);
    const progress = this.#progress.get(schedule.name);
    if (progress !== undefined) schedule.goOn(progress);
    this.#progress.delete(schedule.name);
    this.#schedules.set(schedule.name, schedule);
    const key = origin === "client" ? keyOf(definition.job) : null;
    if (key !== null) this.#ofClients.set(key, schedule.name);
    this.#plan(schedule);
    return schedule;
  }

  #remove(schedule: Schedule): void {
    const { name, timer } = schedule;
    this.#parts.timers.clearDueTime(timer);
    this.#schedules.delete(name);
    this.#forget(name);
    this.#forgetKey(schedule);
  }

  #forgetKey({ name, definition: { job } }: Schedule): void {
    const key = keyOf(job);
    if (key !== null && this.#ofClients.get(key) === name) this.#ofClients.delete(key);
  }

  /** A handle that no schedule had before: of this start of the server, and of this number. */
  #nextHandle(): string {
    const number = String(++this.#lastNumber).padStart(DIGITS, "0");
    return `S:${this.#host}:${this.#parts.options.bootId}${number}`;
  }

  #answerFollows(by: Peer | null): void {
    if (by !== null) this.#parts.mustFollow(by);
  }

  // --- time ----------------------------------------------------------------------------------------

  #plan(schedule: Schedule): void {
    const { timers, clock } = this.#parts;
    timers.clearDueTime(schedule.timer);
    const next = schedule.plan(clock.epoch());
    if (next !== null) timers.setDueTime(schedule.timer, next);
  }

  readonly #fire = (schedule: Schedule): void => {
    const { clock, log, hasStopBegun } = this.#parts;
    if (hasStopBegun) return;
    const { calendar, definition, hasRun } = schedule;
    const due = dueRuns(calendar, definition, schedule.settled, clock.epoch(), hasRun);
    if (due.areSomeMissed) {
      schedule.counts.missed++;
      log.scheduleMissed(schedule.name, schedule.next!);
    }
    for (const time of due.times) {
      const run = this.#runs.begin(schedule, time, null);
      schedule.settled = Math.max(schedule.settled, time);
      this.#keep(schedule, run);
    }
    schedule.settled = due.settled;
    this.#keep(schedule);
    this.#plan(schedule);
  };

  /** If the wall clock was set, other runs are due. */
  #lookAtClock(): void {
    const { clock, timers } = this.#parts;
    const offset = clock.epoch() - clock.now();
    timers.setDelay(this.#watch, WATCH_INTERVAL);
    if (Math.abs(offset - this.#offset) < LEAST_STEP) return;
    this.#offset = offset;
    for (const schedule of this.#schedules.values()) this.#plan(schedule);
  }
}

const UNKNOWN_SCHEDULE: Refusal = { code: "UNKNOWN_SCHEDULE", text: "There is no such schedule" };

function ofConfiguration({ name }: Schedule): Refusal {
  return {
    code: "OF_CONFIGURATION",
    text: `${name} is a schedule of the configuration: change it there, or pause it`,
  };
}

/** What tells the schedules of clients apart; null for those that are never the same. */
function keyOf({ function: name, unique }: ScheduleDefinition["job"]): string | null {
  return unique.length === 0 ? null : `${byteString(name)}\0${byteString(unique)}`;
}

/** What handles of jobs begin with, without their letter, as far as there is room. */
function hostOf(prefix: string): string {
  let host = prefix.replace(/^H:/, "");
  while (encodeName(host).length > LONGEST_HOST) host = host.slice(0, -1);
  return host;
}
