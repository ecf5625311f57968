import { loadOnDemand } from "../on_demand.ts";
import type { ScheduleKeeper } from "../policies/schedules/keeper.ts";
import { decodeName, ERRORS, type ProtocolError } from "../protocol/mod.ts";
import { messageOf } from "../router/log/log.ts";
import type { Router } from "../router/mod.ts";
import { type ScheduleRequest, schedulesOf } from "../router/schedule_request.ts";
import { SCHEDULE_RECORDS, type Schedules, type ScheduleSource } from "../router/schedules.ts";
import type { StoredRecord } from "../store/store.ts";

/** What holds for all schedules of a server. */
export interface ScheduleSettings {
  readonly maxSchedules: number;
  /** The time zone of those that name none. */
  readonly timezone: string;
  /** Told in one line what went wrong. */
  readonly report: (message: string) => void;
}

/** The schedules of a server. What keeps them is loaded when there is one. */
export class ScheduleService implements ScheduleSource {
  readonly #router: Router;
  readonly #settings: ScheduleSettings;
  #keeper: ScheduleKeeper | null = null;
  /** What was stored, until the keeper is there. */
  readonly #stored: StoredRecord[] = [];
  #loading: Promise<ScheduleKeeper> | null = null;

  constructor(router: Router, settings: ScheduleSettings) {
    this.#router = router;
    this.#settings = settings;
    router.schedules = this;
    for (const kind of Object.values(SCHEDULE_RECORDS)) {
      router.records.restore(kind, (key, value) => {
        if (value !== null) this.#restore({ kind, key, value });
      });
    }
  }

  /** There are schedules from before a restart: what keeps them is loaded, and gets them. */
  #restore(record: StoredRecord): void {
    if (this.#keeper !== null) return this.#give(this.#keeper, record);
    this.#stored.push(record);
    this.#load().catch((error) => this.#settings.report(`Schedules: ${messageOf(error)}`));
  }

  /** One that cannot be used, as its time zone is not known here any more, harms no other. */
  #give(keeper: ScheduleKeeper, { kind, key, value }: StoredRecord): void {
    try {
      keeper.restore(kind, key, value);
    } catch (error) {
      this.#settings.report(`Schedule ${decodeName(key)}: ${messageOf(error)}`);
    }
  }

  get schedules(): Schedules | null {
    return this.#keeper;
  }

  get timezone(): string {
    return this.#settings.timezone;
  }

  get isComing(): boolean {
    return this.#keeper === null && this.#loading !== null;
  }

  load(then: (schedules: Schedules | ProtocolError) => void): void {
    if (this.#keeper !== null) return then(this.#keeper);
    // Each of the servers that share a queue would run them.
    if (this.#router.cluster !== null) return then(ERRORS.noSchedules);
    this.#load().then(then, (error) => {
      this.#settings.report(`Schedules: ${messageOf(error)}`);
      then(ERRORS.noSchedules);
    });
  }

  /**
   * These are the schedules of the configuration from now on. Resolves when they are there.
   *
   * @throws {Error} for one that is wrong: nothing has changed then.
   */
  async configure(requests: readonly ScheduleRequest[]): Promise<void> {
    const definitions = schedulesOf(requests, this.#settings.timezone);
    if (this.#keeper === null && this.#loading === null && definitions.length === 0) return;
    if (this.#router.cluster !== null) {
      throw new Error("A server with a shared queue has no schedules");
    }
    (await this.#load()).configure(definitions);
  }

  #load(): Promise<ScheduleKeeper> {
    return this.#loading ??= this.#loadNow();
  }

  async #loadNow(): Promise<ScheduleKeeper> {
    const { keeperOf } = await loadOnDemand<typeof import("../policies/schedules/mod.ts")>(
      "policies/schedules/mod",
    );
    this.#keeper = keeperOf(this.#router, this.#settings);
    for (const record of this.#stored.splice(0)) this.#give(this.#keeper, record);
    return this.#keeper;
  }
}
