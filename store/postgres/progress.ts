import type { Session } from "./connection/session.ts";
import type { Life } from "./members/life.ts";
import { arrayText } from "./values.ts";

const WRITE = "insert into @s.progress(id, running, numerator, denominator) " +
  "select u.n, u.r, u.num, u.den " +
  "from unnest($2::bigint[], $3::boolean[], $4::bigint[], $5::bigint[]) as u(n, r, num, den) " +
  "join @s.job j on j.id = u.n where j.owner is not distinct from $1 " +
  "on conflict (id) do update set running = excluded.running, numerator = excluded.numerator, " +
  "denominator = excluded.denominator";

interface Progress {
  readonly isRunning: boolean;
  readonly numerator: number;
  readonly denominator: number;
}

/** How far jobs of this server are: in memory, and written each second. */
export class ProgressNotes {
  #changed = new Map<number, Progress>();
  /** Of which jobs something is written. */
  readonly #written = new Set<number>();

  /** Remembers how far a job is. */
  note(number: number, progress: Progress): void {
    this.#changed.set(number, progress);
  }

  /** These jobs do not belong to this server any more. @returns those of which something is written. */
  forget(numbers: readonly number[]): number[] {
    for (const number of numbers) this.#changed.delete(number);
    return numbers.filter((number) => this.#written.delete(number));
  }

  /** No job belongs to this server any more. */
  forgetAll(): void {
    this.#changed.clear();
    this.#written.clear();
  }

  /** Writes what has changed. */
  async write(session: Session, life: Life): Promise<void> {
    if (this.#changed.size === 0) return;
    const changed = [...this.#changed];
    this.#changed = new Map();
    for (const [number] of changed) this.#written.add(number);
    await session.query(WRITE, [
      life.id,
      arrayText(changed.map(([number]) => number)),
      arrayText(changed.map(([, { isRunning }]) => isRunning)),
      arrayText(changed.map(([, { numerator }]) => numerator)),
      arrayText(changed.map(([, { denominator }]) => denominator)),
    ]);
  }
}
