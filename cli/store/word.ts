import type { QueuePlace } from "../../store/postgres/tools.ts";
import type { SqliteStore } from "../../store/sqlite/store.ts";

/** What a word of `geartrain store` does with a store of one kind; resolves to the exit status. */
export type WordFor<Place> = (place: Place, asJson: boolean) => number | Promise<number>;

/** A word that may follow `geartrain store`. */
export interface StoreWord {
  readonly name: string;
  readonly help: string;
  readonly hasJson?: true;
  /** With a file of SQLite, while no server has it open. */
  readonly sqlite?: WordFor<SqliteStore>;
  /** With a queue in PostgreSQL, which servers may be using. */
  readonly postgres?: WordFor<QueuePlace>;
}
