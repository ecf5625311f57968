/**
 * Where background jobs are kept so that a restart does not lose them.
 *
 * @module
 */

export { MemoryStore } from "./memory_store.ts";
export { SqliteStore, type SqliteStoreOptions } from "./sqlite_store.ts";
export type { SyncTime } from "./sqlite_sync.ts";
export {
  type JobChange,
  JobDamagedError,
  type JobStore,
  type LoadedJob,
  type StoreBatch,
  type StoredJob,
  type StoredMaxQueue,
  StoreError,
  StoreFullError,
} from "./store.ts";
