import { EMPTY } from "../../protocol/buffer_pool.ts";
import { MAX_UNIQUE_LENGTH } from "../../protocol/mod.ts";
import { checkedJob, type ImportedJob } from "./imported_job.ts";
import { jsonBytes } from "./ndjson.ts";

/** The server itself has no later time, in milliseconds. */
export const LATEST_SECONDS: number = Math.floor(Number.MAX_SAFE_INTEGER / 1000);

/** So much of a name is shown of a row that is no job. */
const SHOWN = 100;

/** A row of a table in which gearmand keeps its jobs. */
export interface GearmandRow {
  readonly unique: Uint8Array;
  readonly func: Uint8Array;
  readonly priority: number;
  readonly data: Uint8Array;
  /** When it is to run, in seconds since the Unix epoch; 0 as soon as possible. */
  readonly due: number;
}

/** The job, or why it is none. */
export function gearmandJob({ unique, func, priority, data, due }: GearmandRow):
  | ImportedJob
  | string {
  const job: ImportedJob = {
    functionName: func,
    unique: uniqueIn(unique),
    reducer: EMPTY,
    payload: data,
    priority: priority as 0 | 1 | 2,
    due: due * 1000,
    losses: 0,
    failures: 0,
    state: "waiting",
    error: EMPTY,
    runs: EMPTY,
  };
  try {
    return checkedJob(job);
  } catch (error) {
    return (error as Error).message;
  }
}

/** Of a unique with as many bytes as there may be, gearmand keeps a NUL in the place of the last. */
function uniqueIn(stored: Uint8Array): Uint8Array {
  const last = MAX_UNIQUE_LENGTH - 1;
  const isCut = stored.length === MAX_UNIQUE_LENGTH && stored.indexOf(0) === last;
  return isCut ? stored.subarray(0, last) : stored;
}

/** A name of a row that is no job, or its beginning. */
export function shown(name: Uint8Array | null): string {
  const text = JSON.stringify(jsonBytes((name ?? EMPTY).subarray(0, SHOWN)));
  return (name ?? EMPTY).length > SHOWN ? `${text}...` : text;
}
