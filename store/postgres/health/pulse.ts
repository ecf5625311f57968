import type { HealthFact } from "./facts.ts";

/** From when on it is slow, in milliseconds. */
const SLOW = { commit: 500, beat: 2000 };

/** What this server sees of the engine by itself: how long its calls and its beats take. */
export class Pulse {
  #commit = 0;
  #beat = 0;

  /** A call that writes took so many milliseconds. */
  committed(milliseconds: number): void {
    // Of the last ones, mainly: one alone may have waited for a lock.
    this.#commit += (milliseconds - this.#commit) / 8;
  }

  /** A beat came back after so many milliseconds. */
  beat(milliseconds: number): void {
    this.#beat = milliseconds;
  }

  /** What is known of the beats and of the commits. */
  facts(): HealthFact[] {
    const commit = Math.round(this.#commit);
    const beat = Math.round(this.#beat);
    return [
      {
        name: "commit_milliseconds",
        text: "Time that a call which writes takes",
        value: commit,
        trouble: commit > SLOW.commit ? `a commit takes ${commit} ms` : null,
      },
      {
        name: "beat_milliseconds",
        text: "Time that the last beat of this server took",
        value: beat,
        trouble: beat > SLOW.beat
          ? `a beat took ${beat} ms: at 8000 this server is taken for dead`
          : null,
      },
    ];
  }
}

/** Says once that there is trouble, and once that it is over. */
export class TroubleReports {
  readonly #report: (level: "WARNING" | "NOTICE", message: string) => void;
  readonly #troubles = new Set<string>();

  constructor(report: (level: "WARNING" | "NOTICE", message: string) => void) {
    this.#report = report;
  }

  /** Compares facts with what there was before. */
  see(facts: readonly HealthFact[]): void {
    for (const { name, text, value, trouble } of facts) {
      const had = this.#troubles.has(name);
      if (trouble !== null && !had) {
        this.#troubles.add(name);
        this.#report("WARNING", trouble);
      } else if (trouble === null && had) {
        this.#troubles.delete(name);
        this.#report("NOTICE", `${text}: ${value}, as it should be again`);
      }
    }
  }
}
