import type { Session } from "../connection/session.ts";
import type { Functions } from "../functions.ts";
import type { Demand } from "../../shared_queue.ts";
import { arrayText, textOf } from "../values.ts";
import type { Life, Lives } from "./life.ts";

const WRITE = "with t as (select * from " +
  "unnest($2::int[], $3::int[], $4::int[], $5::smallint[]) as u(f, w, r, h)), " +
  "d as (delete from @s.server_func where server = $1 and func in " +
  "(select f from t where w = 0 and r = 0 and h = -1)) " +
  "insert into @s.server_func(server, func, workers, running, hungry) " +
  "select $1, f, w, r, h from t where not (w = 0 and r = 0 and h = -1) " +
  "and exists (select from @s.server where id = $1 and died is null) " +
  "on conflict (server, func) do update set workers = excluded.workers, " +
  "running = excluded.running, hungry = excluded.hungry";

/** What the workers of this server can do, as other servers read it. */
export class Demands {
  readonly #session: Session;
  readonly #functions: Functions;
  readonly #lives: Lives;
  readonly #demands = new Map<string, Demand>();
  /** What is not written yet. */
  readonly #changed = new Set<string>();
  #writing: Promise<void> = Promise.resolve();

  constructor(session: Session, functions: Functions, lives: Lives) {
    this.#session = session;
    this.#functions = functions;
    this.#lives = lives;
  }

  /** What there is of a function. */
  of(functionName: Uint8Array): Demand | undefined {
    return this.#demands.get(textOf(functionName));
  }

  /** The demands of all functions. */
  all(): Iterable<Demand> {
    return this.#demands.values();
  }

  /** Writes what has changed; rejects when the session is closed. */
  write(demands: readonly Demand[]): Promise<void> {
    for (const demand of demands) {
      const name = textOf(demand.functionName);
      this.#changed.add(name);
      if (isNone(demand)) this.#demands.delete(name);
      else this.#demands.set(name, { ...demand, functionName: demand.functionName.slice() });
    }
    const names = demands.map(({ functionName }) => functionName.slice());
    this.#writing = this.#writing.catch(() => {}).then(() => this.#flush(names));
    return this.#writing;
  }

  /** Writes all of them, for a new life. */
  async writeAll(life: Life): Promise<void> {
    await this.#insert(life, [...this.#demands.values()]);
  }

  async #flush(names: readonly Uint8Array[]): Promise<void> {
    const changed = names.filter((name) => this.#changed.delete(textOf(name)));
    if (changed.length === 0) return;
    for (;;) {
      const life = await this.#lives.current();
      await this.#insert(life, changed.map((name) => this.of(name) ?? noneOf(name)));
      if (!life.isOver) return;
    }
  }

  async #insert(life: Life, demands: readonly Demand[]): Promise<void> {
    if (demands.length === 0) return;
    for (;;) {
      await this.#session.whenReady();
      try {
        const some = demands.filter((demand) => !isNone(demand));
        await this.#functions.make(some.map(({ functionName }) => functionName));
        await this.#functions.find(demands.map(({ functionName }) => functionName));
        break;
      } catch {
        // The connection is broken: once more when it is back.
        await this.#session.repeat("select 1", () => []);
      }
    }
    const ids = new Map(demands.map((demand) => [demand, this.#functions.id(demand.functionName)]));
    const known = demands.filter((demand) => ids.get(demand) !== undefined);
    const parameters = [
      arrayText(known.map((demand) => ids.get(demand)!)),
      arrayText(known.map(({ workers }) => workers)),
      arrayText(known.map(({ running }) => running)),
      arrayText(known.map(({ hungry }) => hungry)),
    ];
    await this.#session.repeat(WRITE, () => [life.id, ...parameters]);
  }
}

function isNone({ workers, running, hungry }: Demand): boolean {
  return workers === 0 && running === 0 && hungry === -1;
}

function noneOf(functionName: Uint8Array): Demand {
  return { functionName, workers: 0, running: 0, hungry: -1 };
}
