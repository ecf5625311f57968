import type { QueueClock } from "../clock.ts";

/** A queue: the jobs of a function with a priority. */
interface Queue {
  readonly func: number;
  readonly priority: number;
}

/**
 * From where on queues are looked through. Before the first job that waits stand those that were taken
 * since the tables were cleaned up last, maybe millions: nobody is to look at them again and again. But
 * jobs come late to a lower place: those of slow transactions. So all is looked through from the
 * beginning now and then, in at most a fiftieth of the time.
 */
export class Places {
  readonly #clock: QueueClock;
  readonly #lows = new Map<string, number>();
  readonly #rewounds = new Map<number, string>();
  #lookedAt = 0;
  #took = 0;

  constructor(clock: QueueClock) {
    this.#clock = clock;
    this.#lookedAt = clock.now();
  }

  /** The first place of a queue that may have a job. */
  low({ func, priority }: Queue): number {
    return this.#lows.get(`${func} ${priority}`) ?? 0;
  }

  /** How often jobs of the function had come back when it was claimed last. */
  rewound(func: number): string {
    return this.#rewounds.get(func) ?? "-1";
  }

  /** Is it time to look from the beginning, though there are jobs? */
  get isTime(): boolean {
    return this.#rest <= 0 && this.#clock.now() - this.#lookedAt >= 1000;
  }

  /** May it be looked from the beginning, as there were not enough jobs? */
  get mayLook(): boolean {
    return this.#rest <= 0;
  }

  get #rest(): number {
    return this.#lookedAt + Math.min(50 * this.#took, 5000) - this.#clock.now();
  }

  /** All was looked through from the beginning, since `start`. */
  looked(start: number): void {
    this.#lookedAt = this.#clock.now();
    this.#took = this.#lookedAt - start;
  }

  /**
   * A queue was looked through, from the beginning or from its lowest place on.
   *
   * @param last the place of the last job that was taken; 0 if none was.
   * @param isEmpty were there no more jobs?
   */
  taken(queue: Queue, last: number, rewound: string | null, isEmpty: boolean): void {
    const name = `${queue.func} ${queue.priority}`;
    if (rewound !== null && this.#rewounds.get(queue.func) !== rewound) {
      this.#rewounds.set(queue.func, rewound);
      // Of its other queues nothing is known any more.
      for (const priority of [0, 1, 2]) this.#lows.delete(`${queue.func} ${priority}`);
    }
    if (last === 0) return;
    const low = isEmpty ? Math.max(this.low(queue), last + 1) : last + 1;
    this.#lows.set(name, low);
  }
}
