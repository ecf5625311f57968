/**
 * When what is written to a database is safe from a power cut: before a write returns, so many
 * milliseconds later at most, or when the system likes.
 *
 * @example
 * ```ts
 * import { SqliteStore, type SyncTime } from "@geartrain/server/store";
 * import { assertEquals } from "@std/assert";
 *
 * const sync: SyncTime = 10;
 * const store = SqliteStore.open(Deno.makeTempFileSync({ suffix: ".db" }), { sync });
 * assertEquals(store.nextNumber, 1);
 * store.close();
 * ```
 */
export type SyncTime = "always" | number | "off";
