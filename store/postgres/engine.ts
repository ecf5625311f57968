import { Lane } from "./calls/lane.ts";
import { Places } from "./calls/places.ts";
import { type Released, releasedIn } from "./calls/writing.ts";
import type { QueueClock } from "./clock.ts";
import { NoAnswer, Session, type SessionOptions, type Target } from "./connection/session.ts";
import { Functions } from "./functions.ts";
import { Housekeeping, Promotion } from "./housekeeping.ts";
import { Health } from "./health/health.ts";
import { Demands } from "./members/demands.ts";
import { Heartbeat } from "./members/heartbeat.ts";
import { Membership } from "./members/membership.ts";
import { noticeIn, Waker } from "./notices.ts";
import { ProgressNotes } from "./progress.ts";
import { Reach } from "./reach.ts";
import type { QueueListener, QueueMember } from "../shared_queue.ts";
import { arrayText } from "./values.ts";

/** Numbers of the lanes, by which the functions of the schema know them. */
const LANES = { add: 1, claim: 2, end: 3 };
/** How long statements may take, in milliseconds. */
const DEADLINES = { control: 5000, calls: 25_000, views: 30_000, chores: 900_000 };

/** What a server has of a queue in PostgreSQL while it is open: its connections, and who uses them. */
export class Engine {
  readonly listener: QueueListener;
  readonly clock: QueueClock;
  /** What this server says of itself. */
  readonly member: QueueMember;
  readonly functions: Functions;
  readonly places: Places;
  readonly membership: Membership;
  readonly demands: Demands;
  readonly waker: Waker;
  readonly promotion: Promotion;
  readonly progress: ProgressNotes = new ProgressNotes();
  readonly health: Health;
  readonly adds: Lane;
  readonly claims: Lane;
  readonly ends: Lane;
  /** For what is to be answered soon: beats, notices. */
  readonly control: Session;
  /** For what people look at. */
  readonly views: Session;
  /** For what may take minutes. */
  readonly chores: Session;
  /** How many jobs belong to this server. */
  claimed = 0;
  readonly #target: Target;
  readonly #reach: Reach;
  readonly #sessions: Session[] = [];
  readonly #lanes: Lane[] = [];
  readonly #heartbeat: Heartbeat;
  #wasConnected = false;

  constructor(target: Target, member: QueueMember, listener: QueueListener) {
    const { clock } = target;
    this.listener = listener;
    this.member = member;
    this.clock = clock;
    this.#target = target;
    this.#reach = new Reach((error) => listener.reachable(error));
    this.health = new Health(clock, target.url.schema, (...line) => listener.report(...line));
    this.control = this.#session("control", {
      deadline: DEADLINES.control,
      hello: async () => {
        this.membership.connected();
        await this.membership.attend();
      },
      notice: (_, message) => this.#hear(message),
      changed: (error) => this.#controlChanged(error),
      failing: (cause) => this.health.failing("control", cause),
    });
    this.views = this.#session("views", { deadline: DEADLINES.views });
    this.chores = this.#session("chores", { deadline: DEADLINES.chores });
    this.functions = new Functions(this.control);
    this.places = new Places(clock);
    this.membership = new Membership(this.control, member, {
      lost: () => this.#lost(),
      reborn: (life) => this.demands.writeAll(life),
    });
    this.demands = new Demands(this.control, this.functions, this.membership);
    this.waker = new Waker(this.control, clock);
    const released = (queues: readonly Released[]) => this.released(queues, true);
    this.promotion = new Promotion(this.control, clock, released);
    this.adds = this.#lane("add");
    this.claims = this.#lane("claim");
    this.ends = this.#lane("end");
    const report: QueueListener["report"] = (...line) => listener.report(...line);
    this.#heartbeat = new Heartbeat(this, new Housekeeping(clock, report));
  }

  /** What is wrong with reaching it; null if nothing is. */
  get unreachable(): Error | null {
    return this.#reach.error;
  }

  #session(name: string, options: SessionOptions): Session {
    const changed = options.changed ?? ((error) => this.#reach.set(name, error));
    const settings = { application_name: `geartrain ${name}` };
    const session = new Session(this.#target, { settings, changed, ...options });
    this.#sessions.push(session);
    return session;
  }

  #lane(name: keyof typeof LANES): Lane {
    const { health } = this;
    const lane = new Lane(LANES[name], {
      session: this.#session(name, { deadline: DEADLINES.calls }),
      lives: this.membership,
      clock: this.clock,
      failing: (cause) => health.failing(name, cause),
      took: (milliseconds) => health.pulse.committed(milliseconds),
    });
    this.#lanes.push(lane);
    return lane;
  }

  #controlChanged(error: Error | null): void {
    this.#reach.set("control", error);
    if (error === null) this.#connected();
    if (!(error instanceof NoAnswer)) return;
    // The others would wait longer for what does not come.
    for (const session of this.#sessions) {
      if (session !== this.control && session.isReady) session.breakOff(error);
    }
  }

  #connected(): void {
    this.#heartbeat.connected();
    if (this.#wasConnected) this.#connectedAgain();
    this.#wasConnected = true;
  }

  /** What was told meanwhile was not heard, and a standby may have taken over that lacks what is new. */
  #connectedAgain(): void {
    this.#functionsChanged();
    this.listener.recordsChanged();
    const life = this.membership.now;
    // Closed, it is of no use.
    if (life !== null) this.demands.writeAll(life).catch(() => {});
  }

  #functionsChanged(): void {
    this.functions.forget();
    this.listener.functionsChanged();
  }

  #lost(): void {
    this.claimed = 0;
    this.progress.forgetAll();
    this.listener.lost();
  }

  #hear(message: string): void {
    const notice = noticeIn(message);
    if (notice === null) return;
    if (notice.kind === "cancel") {
      for (const number of notice.numbers) this.listener.cancel(number);
    }
    if (notice.kind === "bury") {
      for (const number of notice.numbers) this.listener.bury(number);
    }
    if (notice.kind === "work") this.tellWork(notice.functions);
    if (notice.kind === "functions") this.#functionsChanged();
    if (notice.kind === "records") this.listener.recordsChanged();
  }

  /** Tells that there may be jobs of these functions; of any if there is none. */
  async tellWork(ids: readonly number[]): Promise<void> {
    await this.functions.findNames(ids).catch(() => {});
    const names = ids.map((id) => this.functions.name(id));
    // One that is not known by now may be any.
    this.listener.work(names.includes(undefined) ? [] : names as Uint8Array[]);
  }

  /** Jobs of these queues wait again: who wants them is told, this server too if that is `asOthers`. */
  released(queues: readonly Released[], asOthers: boolean): void {
    const ready = queues.filter((queue) => queue.ready > 0);
    if (ready.length === 0) return;
    this.waker.tell(
      ready.map(({ func, priority }) => [func, priority]),
      this.membership.now?.id ?? 0,
    );
    if (!asOthers) return;
    const wanted = ready.filter(({ func, priority }) => {
      const name = this.functions.name(func);
      return name !== undefined && (this.demands.of(name)?.hungry ?? -1) >= priority;
    });
    if (wanted.length > 0) this.tellWork([...new Set(wanted.map(({ func }) => func))]);
  }

  /** Says goodbye: what belongs to this server waits again, and others are told. */
  async leave(): Promise<void> {
    const life = this.membership.now;
    if (life === null || this.unreachable !== null) return;
    const rows = await this.chores.query(
      "select out_func, out_priority, released from @s.leave($1)",
      [life.id],
    );
    const queues = releasedIn(rows);
    if (queues.length === 0) return;
    await this.control.query("select @s.wake($1, $2::int[], $3::int[])", [
      life.id,
      arrayText(queues.map(({ func }) => func)),
      arrayText(queues.map(({ priority }) => priority)),
    ]);
  }

  /** Resolves when all of its connections are there, and it has begun to live. */
  async whenReady(): Promise<void> {
    await Promise.all(this.#sessions.map((session) => session.whenReady()));
    await this.membership.current();
  }

  /** Begins to beat. */
  start(): void {
    this.#heartbeat.start();
  }

  /** Sets no timers any more. */
  stop(): void {
    this.#heartbeat.stop();
    this.promotion.stop();
  }

  /** Ends all connections: what is under way fails. */
  close(): void {
    this.stop();
    for (const lane of this.#lanes) lane.close();
    for (const session of this.#sessions) session.close();
  }
}
