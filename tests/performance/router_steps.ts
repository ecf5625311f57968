import { ByteHash } from "../../router/containers/byte_hash.ts";
import { SleeperList } from "../../router/model/ability.ts";
import { ChainedTable } from "../../router/containers/chained_table.ts";
import { Connection } from "../../router/session/connection.ts";
import { FunctionQueue } from "../../router/model/function_queue.ts";
import { FunctionTable } from "../../router/flow/function_table.ts";
import { IdSet } from "../../router/containers/id_set.ts";
import { IndexedHeap } from "../../router/containers/indexed_heap.ts";
import { JobQueue } from "../../router/model/job_queue.ts";
import { JobTable } from "../../router/flow/job_table.ts";
import { Subscriber } from "../../router/model/subscriber.ts";
import { PayloadMemory } from "../../router/flow/payload_memory.ts";
import { ReadyFunctions } from "../../router/flow/ready.ts";
import { Router } from "../../router/router.ts";
import { RunningJobs } from "../../router/flow/running.ts";
import { SequenceTable } from "../../router/containers/sequence_table.ts";
import { Timers } from "../../router/flow/timers.ts";
import { UniqueIndex } from "../../router/flow/unique_index.ts";
import { WaitingJobs } from "../../router/flow/waiting.ts";
import { WakeUps } from "../../router/flow/wake_ups.ts";
import { callsDuring, elementsWalkedBy } from "./counting.ts";

/** What a job passes through. */
const PARTS = [
  ...[ByteHash, ChainedTable, Connection, FunctionQueue, FunctionTable, IdSet, IndexedHeap],
  ...[JobQueue, JobTable],
  ...[Subscriber, PayloadMemory, ReadyFunctions, Router, RunningJobs, SequenceTable, SleeperList],
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
