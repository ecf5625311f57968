/**
 * Where background jobs are kept so that a restart does not lose them: a server takes a store as its
 * option `store`. {@linkcode SqliteStore} keeps them in a file, {@linkcode MemoryStore} for tests; a program
 * can bring its own {@linkcode JobStore}.
 *
 * @module
 */

export { MemoryStore } from "./memory.ts";
export type {
  Added,
  ChangedRecords,
  Claim,
  ClaimedJob,
  DeadSharedJob,
  Demand,
  GivenBack,
  NewSharedJob,
  NumberBlock,
  OpenedSharedQueue,
  QueueCounts,
  QueueHealth,
  QueueListener,
  QueueMember,
  SharedJobChange,
  SharedJobFilter,
  SharedJobView,
  SharedPriority,
  SharedQueue,
  SharedServerView,
  Wish,
} from "./shared_queue.ts";
export { SqliteStore, type SqliteStoreOptions } from "./sqlite/store.ts";
export type { SyncTime } from "./sqlite/wal_sync.ts";
export {
  type JobChange,
  type JobStore,
  type LoadedJob,
  type LocalStore,
  type MaybePromise,
  type OpenedStore,
  type RecordChange,
  type StoreBatch,
  type StoredJob,
  type StoredJobState,
  type StoredMaxQueue,
  type StoredRecord,
  StoreError,
  StoreFullError,
} from "./store.ts";
