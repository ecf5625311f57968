import { OptionError } from "../../options/kinds.ts";
import { type ImportedJob, JobImport } from "../../store/exchange/imported_job.ts";
import type { StoreLine } from "../../store/exchange/ndjson.ts";
import { SqliteStore } from "../../store/sqlite/store.ts";
import type { StoredMaxQueue, StoredRecord } from "../../store/store.ts";
import { defaultHandlePrefix } from "../../transport/machine.ts";
import type { StorePlace } from "../options/kinds.ts";
import { passwordIn } from "../options/store_password.ts";
import { postgresTools } from "../store/postgres_words.ts";
import type { ImportSettings } from "./import.ts";

/** A store that jobs are put into. */
export interface ImportTarget {
  /** What the handles of its jobs begin with. */
  readonly handleBase: string;
  /** How many jobs are stored. */
  readonly count: number;
  /** How many were there already. */
  readonly present: number;
  add(job: ImportedJob): Promise<void>;
  limit(maxQueue: StoredMaxQueue): void | Promise<void>;
  /** Missing where there is no place for records. */
  record?(record: StoredRecord): void;
  /** Stores what is not stored yet, and that numbers below this one were used. */
  end(nextNumber: number): Promise<void>;
  close(): void;
}

/**
 * Opens the store that jobs are put into.
 *
 * @param first of the lines that are to be imported: a new store goes on with the handles that it names.
 * @throws {OptionError} when an option does not fit the kind of store.
 * @throws {StoreError} when it cannot be opened.
 */
export async function openTarget(
  settings: ImportSettings & { readonly store: StorePlace },
  first: StoreLine | undefined,
): Promise<ImportTarget> {
  const { store, jobHandlePrefix, storePasswordFile } = settings;
  const header = first?.kind === "store" ? first.store : null;
  if ("file" in store) {
    if (storePasswordFile !== undefined) {
      throw new OptionError("--store-password-file needs --store postgres://...");
    }
    return new SqliteTarget(SqliteStore.open(store.file, {
      sync: "always",
      handlePrefix: jobHandlePrefix ?? defaultHandlePrefix(),
      ...(header === null ? {} : { handleBase: header.handleBase }),
    }));
  }
  if (jobHandlePrefix !== undefined) {
    throw new OptionError("--job-handle-prefix needs --store sqlite:FILE");
  }
  const { importInto } = await postgresTools();
  return await importInto({ url: store.url, password: passwordIn(storePasswordFile) }, header);
}

class SqliteTarget extends JobImport implements ImportTarget {
  readonly present = 0;
  readonly #opened: SqliteStore;

  constructor(store: SqliteStore) {
    super(store);
    this.#opened = store;
  }

  get handleBase(): string {
    return this.#opened.handleBase;
  }

  close(): void {
    this.#opened.close();
  }
}
