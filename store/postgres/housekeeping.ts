import { type Released, releasedIn } from "./calls/writing.ts";
import type { QueueClock } from "./clock.ts";
import type { Session } from "./connection/session.ts";
import type { Rows } from "./driver.ts";

/** How many due jobs are made ready at once. */
const PROMOTED_AT_ONCE = 1000;
/** How often these things are done, in milliseconds. */
const EVERY = { vacuum: 10_000, tidy: 60_000, check: 3_600_000 };
/** So many rows that are not used any more are worth a vacuum. */
const WORTH_VACUUM = {
  job: 100_000,
  count_delta: 5000,
  lane: 5000,
  server_func: 5000,
  server: 1000,
};

const DEAD_ROWS = "select relname, n_dead_tup from pg_stat_user_tables where schemaname = '@s'";

type Report = (level: "WARNING", message: string) => void;

/** Where it is done. */
export interface HousekeepingSession {
  readonly isReady: boolean;
  query(text: string): Promise<Rows>;
}

/** What one server does for all: whoever holds the lock. Done by two at once it does no harm. */
export class Housekeeping {
  readonly #clock: QueueClock;
  readonly #report: Report;
  readonly #doneAt: Record<keyof typeof EVERY, number>;
  #isWorking = false;

  constructor(clock: QueueClock, report: Report) {
    this.#clock = clock;
    this.#report = report;
    const now = clock.now();
    // The numbers are compared with the jobs at once, and each hour from then on.
    this.#doneAt = { vacuum: now, tidy: now, check: now - EVERY.check };
  }

  /** Called each second by the server that holds the lock. */
  async work(session: HousekeepingSession): Promise<void> {
    if (this.#isWorking || !session.isReady) return;
    this.#isWorking = true;
    try {
      await session.query("select @s.fold_counts()");
      if (this.#isTime("check")) await this.#check(session);
      if (this.#isTime("tidy")) await session.query("select @s.tidy()");
      if (this.#isTime("vacuum")) await this.#vacuum(session);
    } finally {
      this.#isWorking = false;
    }
  }

  #isTime(what: keyof typeof EVERY): boolean {
    const now = this.#clock.now();
    if (now - this.#doneAt[what] < EVERY[what]) return false;
    this.#doneAt[what] = now;
    return true;
  }

  async #check(session: HousekeepingSession): Promise<void> {
    const [[off]] = await session.query("select @s.check_counts()");
    if (off === "0") return;
    this.#report("WARNING", `the counts of jobs were wrong by ${off}, and are right now`);
  }

  /** The database looks only once a minute whether there is something to be cleaned up. */
  async #vacuum(session: HousekeepingSession): Promise<void> {
    const rows = new Map(await session.query(DEAD_ROWS) as [string, string][]);
    for (const [table, worth] of Object.entries(WORTH_VACUUM)) {
      if (Number(rows.get(table) ?? 0) < worth) continue;
      await session.query(`vacuum (skip_locked) @s.${table}`);
    }
  }
}

/**
 * Makes jobs ready whose time has come, when it comes. Each server does it for the jobs that it has added
 * and for all that are due soon: whoever is first has done it.
 */
export class Promotion {
  readonly #session: Session;
  readonly #clock: QueueClock;
  readonly #released: (queues: readonly Released[]) => void;
  #stopTimer: () => void = () => {};
  /** When the timer fires; Infinity: there is none. */
  #firesAt = Infinity;
  #isWorking = false;

  constructor(
    session: Session,
    clock: QueueClock,
    released: (queues: readonly Released[]) => void,
  ) {
    this.#session = session;
    this.#clock = clock;
    this.#released = released;
  }

  /** Some job is due in so many milliseconds. */
  expect(delay: number): void {
    const at = this.#clock.now() + Math.max(0, delay);
    if (at >= this.#firesAt) return;
    this.#stopTimer();
    this.#firesAt = at;
    this.#stopTimer = this.#clock.after(Math.max(0, delay), () => {
      this.#firesAt = Infinity;
      this.work().catch(() => {});
    });
  }

  /** Makes ready what is due, and waits for what is due within the next seconds. */
  async work(): Promise<void> {
    if (this.#isWorking) return;
    this.#isWorking = true;
    try {
      for (let isFull = true; isFull;) {
        const rows = await this.#session.query(
          "select out_func, out_priority, released from @s.promote($1)",
          [PROMOTED_AT_ONCE],
        );
        const queues = releasedIn(rows);
        if (queues.length > 0) this.#released(queues);
        isFull = queues.reduce((sum, { count }) => sum + count, 0) >= PROMOTED_AT_ONCE;
      }
      const [[delay]] = await this.#session.query("select @s.next_due()");
      // What is later is seen by the next look, each second.
      if (delay !== null && delay < SOON) this.expect(Math.max(1, Math.ceil(delay)));
    } finally {
      this.#isWorking = false;
    }
  }

  /** Sets no timer any more. */
  stop(): void {
    this.#stopTimer();
  }
}

const SOON = 1500;
