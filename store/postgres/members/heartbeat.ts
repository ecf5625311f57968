import { releasedIn } from "../calls/writing.ts";
import type { QueueClock } from "../clock.ts";
import type { Session } from "../connection/session.ts";
import type { Functions } from "../functions.ts";
import type { Health } from "../health/health.ts";
import type { Housekeeping, Promotion } from "../housekeeping.ts";
import type { Released } from "../calls/writing.ts";
import type { ProgressNotes } from "../progress.ts";
import type { QueueListener, QueueMember } from "../../shared_queue.ts";
import type { Demands } from "./demands.ts";
import type { Membership } from "./membership.ts";
import type { Life } from "./life.ts";
import { type Seen, Watch } from "./watch.ts";

/** How often it beats, in milliseconds. */
const INTERVAL = 1000;
const BEAT = "select @s.beat($1, $2, $3, $4)";
const FREE_LOCK = "select pg_try_advisory_xact_lock_shared(@s.lock_class('session'), $1)";
const OTHERS = "select id, name, beat from @s.server where died is null and id <> $1";

/** Whom it asks and tells. */
export interface HeartbeatParts {
  readonly clock: QueueClock;
  /** What this server says of itself. */
  readonly member: QueueMember;
  readonly control: Session;
  /** For what may take long. */
  readonly chores: Session;
  readonly membership: Membership;
  readonly functions: Functions;
  readonly demands: Demands;
  readonly progress: ProgressNotes;
  readonly promotion: Promotion;
  readonly health: Health;
  readonly listener: QueueListener;
  /** How many jobs belong to this server. */
  readonly claimed: number;
  /** Jobs of these queues wait again. */
  released(queues: readonly Released[], asOthers: boolean): void;
}

/** What happens each second: this server says that it lives, and looks at the others and at the queue. */
export class Heartbeat {
  readonly #engine: HeartbeatParts;
  readonly #housekeeping: Housekeeping;
  readonly #watch: Watch;
  /** Servers that are being declared dead. */
  readonly #dying = new Set<number>();
  #stopTimer: () => void = () => {};
  #isBeating = false;
  #isKeeper = false;

  constructor(engine: HeartbeatParts, housekeeping: Housekeeping) {
    this.#engine = engine;
    this.#housekeeping = housekeeping;
    this.#watch = new Watch(engine.clock);
  }

  /** Begins to beat. */
  start(): void {
    this.#stopTimer = this.#engine.clock.after(INTERVAL, () => {
      this.start();
      this.#beat();
    });
  }

  /** Beats no more. */
  stop(): void {
    this.#stopTimer();
  }

  /** The connection is there again: what was seen before means nothing. */
  connected(): void {
    this.#watch.reset();
    this.#isKeeper = false;
    this.#beat();
  }

  async #beat(): Promise<void> {
    const { control, membership, clock, health, claimed, member } = this.#engine;
    const life = membership.now;
    if (this.#isBeating || life === null || !control.isReady) return;
    this.#isBeating = true;
    try {
      const start = clock.now();
      const [[[beat]], others] = await Promise.all([
        control.query(BEAT, [life.id, claimed, member.workers, member.address]),
        control.query(OTHERS, [life.id]),
      ]);
      health.pulse.beat(clock.now() - start);
      if (beat === null) return membership.ended(life);
      await membership.attend();
      await this.#look(others.map(([id, name, beat]) => ({ id, name, beat })));
      await this.#engine.progress.write(control, life);
      await this.#poll();
      await this.#engine.promotion.work();
      await this.#keep(life);
    } catch {
      // The connection is broken, and everybody is told so by it.
    } finally {
      this.#isBeating = false;
    }
  }

  async #look(others: readonly Seen[]): Promise<void> {
    const { control } = this.#engine;
    const { dead, suspects } = this.#watch.look(others);
    for (const suspect of suspects) {
      const [[isFree]] = await control.query(FREE_LOCK, [suspect.id]);
      if (isFree) dead.push(suspect);
    }
    for (const { id, name, beat } of dead) {
      if (this.#dying.has(id)) continue;
      this.#dying.add(id);
      this.#declareDead(id, name, beat).catch(() => {}).finally(() => this.#dying.delete(id));
    }
  }

  /** Gives back what a server had. Exactly one of those who try does it. */
  async #declareDead(id: number, name: string, beat: string): Promise<void> {
    const { chores, listener } = this.#engine;
    await chores.whenReady();
    // One of its connections may be in the middle of an answer that nobody reads.
    await chores.query("select @s.break_off($1)", [id]).catch(() => {});
    const rows = await chores.query(
      "select out_func, out_priority, released from @s.declare_dead($1, $2)",
      [id, beat],
    );
    if (rows.length === 0) return;
    const released = releasedIn(rows);
    const jobs = released.reduce((sum, { count }) => sum + count, 0);
    listener.report(
      "WARNING",
      `the server ${name} was declared dead: ${jobs} jobs that it had wait again`,
    );
    this.#engine.released(released, true);
  }

  /** Looks whether there are jobs that the workers of this server wait for. */
  async #poll(): Promise<void> {
    const { control, demands, functions, listener } = this.#engine;
    const waiting = await control.query(
      "select func, min(priority) from (select func, priority from @s.count_delta " +
        "group by 1, 2 having sum(waiting) > 0) w group by 1",
    );
    const highest = new Map(
      waiting.map(([func, priority]) => [func as number, priority as number]),
    );
    const ready = [...demands.all()].filter(({ functionName, hungry }) => {
      const priority = highest.get(functions.id(functionName) ?? -1);
      return priority !== undefined && priority <= hungry;
    });
    if (ready.length > 0) listener.work(ready.map(({ functionName }) => functionName));
  }

  /** Keeps house, if no other server does. */
  async #keep(life: Life): Promise<void> {
    const { chores, control, health } = this.#engine;
    if (!this.#isKeeper) {
      const [[isHeld]] = await control.query(
        "select pg_try_advisory_lock(@s.lock_class('keeper'), 0)",
      );
      this.#isKeeper = isHeld;
    }
    health.look(chores, this.#isKeeper);
    if (!this.#isKeeper || life.isOver) return;
    this.#housekeeping.work(chores).catch(() => {});
  }
}
