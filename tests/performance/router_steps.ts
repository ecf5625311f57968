import { ByteHash } from "../../router/byte_hash.ts";
import { SleeperList } from "../../router/ability.ts";
import { ChainedTable } from "../../router/chained_table.ts";
import { Connection } from "../../router/connection.ts";
import { FunctionQueue } from "../../router/function_queue.ts";
import { FunctionTable } from "../../router/function_table.ts";
import { IdSet } from "../../router/id_set.ts";
import { IndexedHeap } from "../../router/indexed_heap.ts";
import { JobQueue } from "../../router/job_queue.ts";
import { JobTable } from "../../router/job_table.ts";
import { Listener } from "../../router/listener.ts";
import { PayloadStore } from "../../router/payload_store.ts";
import { ReadyFunctions } from "../../router/ready_functions.ts";
import { Router } from "../../router/router.ts";
import { RunningJobs } from "../../router/running_jobs.ts";
import { SequenceTable } from "../../router/sequence_table.ts";
import { Timers } from "../../router/timers.ts";
import { UniqueIndex } from "../../router/unique_index.ts";
import { WaitingJobs } from "../../router/waiting_jobs.ts";
import { WakeUps } from "../../router/wake_ups.ts";
import { callsDuring, elementsWalkedBy } from "./counting.ts";

/** What a job passes through. */
const PARTS = [
  ...[ByteHash, ChainedTable, Connection, FunctionQueue, FunctionTable, IdSet, IndexedHeap],
  ...[JobQueue, JobTable],
  ...[Listener, PayloadStore, ReadyFunctions, Router, RunningJobs, SequenceTable, SleeperList],
  ...[Timers, UniqueIndex, WaitingJobs, WakeUps],
];

/**
 * How many steps a router takes in `action`: calls of its parts, and elements that methods of arrays
 * and maps go through. A loop over objects takes none: what it looks at, `Touches` count.
 */
export function stepsDuring(action: () => void): number {
  let elements = 0;
  const calls = callsDuring(PARTS, () => {
    elements = elementsWalkedBy(action);
  });
  return calls + elements;
}
